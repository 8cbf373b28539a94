/** What holds for all executions with the same events, whoever reads from whom: program order, barriers, dependencies. */
import { type Event, type FenceKind, TAG } from "./event.js";
import { type EventSet, Relation, setOf } from "./relation.js";
import type { Rule } from "./rules.js";

/** Relations of a list of events that do not depend on reads-from and coherence. Names are those of linux-kernel.cat. */
export class Frame {
  readonly size: number;
  readonly reads: EventSet;
  readonly writes: EventSet;
  readonly accesses: EventSet;
  readonly marked: EventSet;
  readonly plain: EventSet;
  readonly unlocks: EventSet;
  /** Those, and the writes that give other locks back. */
  readonly givesBack: EventSet;
  readonly lockReads: EventSet;
  readonly lockWrites: EventSet;
  /** Reads that smp_rmb() orders. */
  readonly readsForRmb: EventSet;
  readonly returning: EventSet;
  readonly po: Relation;
  readonly maybePo: Relation;
  /** Pairs of one process. */
  readonly internal: Relation;
  readonly addr: Relation;
  readonly data: Relation;
  readonly ctrl: Relation;
  readonly rmw: Relation;
  readonly acquirePo: Relation;
  readonly poRelease: Relation;
  readonly rmb: Relation;
  readonly wmb: Relation;
  readonly mb: Relation;
  /** `po ; [grace period] ; po?` */
  readonly gp: Relation;
  readonly hasPlain: boolean;
  readonly hasLocks: boolean;
  readonly hasRmw: boolean;
  /** `fencerel(Rmb)`, of all events. */
  readonly aroundRmb: Relation;
  readonly afterUnlockLock: Relation;
  /** Pairs with smp_read_barrier_depends() between them. */
  readonly readDepends: Relation;

  /** `starts[i]` is the place of the first event of event i's process: indices in an event count from there. */
  constructor(
    readonly events: readonly Event[],
    starts: readonly number[],
    readonly without: ReadonlySet<Rule>,
  ) {
    const size = events.length;
    this.size = size;
    const set = (picks: (event: Event) => boolean) => setOf(size, (i) => picks(events[i] as Event));
    const tagged = (tags: number) => set((event) => (event.tags & tags) !== 0);
    this.reads = set(({ kind }) => kind === "R");
    this.writes = set(({ kind }) => kind === "W");
    this.accesses = set(({ kind }) => kind !== "F");
    this.plain = tagged(TAG.plain);
    this.marked = set(({ tags }) => (tags & TAG.plain) === 0);
    this.unlocks = tagged(TAG.unlock);
    this.givesBack = tagged(TAG.unlock | TAG.semaphore);
    this.lockReads = tagged(TAG.lockRead);
    this.lockWrites = tagged(TAG.lockWrite);
    const isSilent = (event: Event) => (event.tags & TAG.noReturn) !== 0 && !without.has("no-return");
    this.readsForRmb = set((event) => event.kind === "R" && !isSilent(event));
    this.returning = set((event) => !isSilent(event));
    this.hasPlain = events.some(({ tags }) => (tags & TAG.plain) !== 0);
    this.hasLocks = events.some(({ tags }) => (tags & (TAG.unlock | TAG.lockRead)) !== 0);
    const po = new Relation(size);
    const internal = new Relation(size);
    const [addr, data, ctrl, rmw] = [0, 1, 2, 3].map(() => new Relation(size)) as [
      Relation,
      Relation,
      Relation,
      Relation,
    ];
    const tie = (relation: Relation, from: readonly number[], to: number, rule: Rule) => {
      if (!without.has(rule)) for (const index of from) relation.add((starts[to] ?? 0) + index, to);
    };
    for (const [b, event] of events.entries()) {
      tie(addr, event.addr, b, "address");
      tie(data, event.data, b, "data");
      tie(ctrl, event.ctrl, b, "control");
      if (event.rmwOf !== undefined) rmw.add((starts[b] ?? 0) + event.rmwOf, b);
      if (event.process < 0) continue;
      for (let a = starts[b] ?? 0; a < size && events[a]?.process === event.process; a++) {
        internal.add(a, b);
        if (a < b) po.add(a, b);
      }
    }
    this.po = po;
    this.maybePo = po.maybe();
    this.internal = internal;
    this.addr = addr;
    this.data = data;
    this.ctrl = ctrl;
    this.rmw = rmw;
    this.hasRmw = events.some(({ rmwOf }) => rmwOf !== undefined);
    const { accesses } = this;
    const acquires = set((event) => event.kind === "R" && (event.tags & TAG.acquire) !== 0);
    const releases = set((event) => event.kind === "W" && (event.tags & TAG.release) !== 0);
    const none = new Relation(size);
    const unless = (rule: Rule, make: () => Relation) => (without.has(rule) ? none : make());
    this.acquirePo = unless("acquire", () => po.between(acquires, accesses));
    this.poRelease = unless("release", () => po.between(accesses, releases));
    this.aroundRmb = unless("rmb", () => this.#around("rmb"));
    this.rmb = this.aroundRmb.between(this.readsForRmb, this.readsForRmb);
    this.wmb = unless("wmb", () => this.#around("wmb").between(this.writes, this.writes));
    this.readDepends = this.#around("read-depends");
    this.afterUnlockLock = unless("after-unlock-lock", () =>
      po.between(this.#fences("after-unlock-lock"), accesses),
    );
    this.mb = this.#fullBarriers(unless);
    const ends = set(({ fence }) => fence === "sync-rcu" || fence === "sync-srcu" || fence === "membarrier");
    this.gp = unless("grace-period", () => po.between(undefined, ends).seq(this.maybePo));
  }

  /** `fencerel(kind)`: pairs with such a barrier between them. */
  #around(kind: FenceKind): Relation {
    const set = this.#fences(kind);
    return this.#has(kind) ? this.po.between(undefined, set).seq(this.po) : new Relation(this.size);
  }

  #fences(kind: FenceKind): EventSet {
    return setOf(this.size, (i) => this.events[i]?.fence === kind);
  }

  #has(kind: FenceKind): boolean {
    return this.events.some(({ fence }) => fence === kind);
  }

  /** The static part of `mb`: smp_mb() and its kind, and fully ordered read-modify-writes. */
  #fullBarriers(unless: (rule: Rule, make: () => Relation) => Relation): Relation {
    const { accesses, po, maybePo, events } = this;
    const where = (kind: FenceKind, rule: Rule, make: () => Relation) =>
      this.#has(kind) ? unless(rule, make).between(accesses, accesses) : new Relation(this.size);
    const set = (picks: (event: Event) => boolean) => setOf(this.size, (i) => picks(events[i] as Event));
    const rmws = set(({ tags }) => (tags & TAG.rmw) !== 0);
    const isFull = ({ tags }: Event) => (tags & TAG.full) !== 0;
    const into = set((event) => isFull(event) && event.kind === "R");
    const out = set((event) => isFull(event) && event.kind === "W");
    const through = set(isFull);
    const srcuEnds = this.#fences("srcu-unlock");
    return where("mb", "mb", () => this.#around("mb")).or(
      events.some(isFull)
        ? unless("full-rmw", () =>
            po
              .between(undefined, into)
              .or(po.between(out, undefined), po.between(undefined, through).seq(po))
              .between(accesses, accesses),
          )
        : new Relation(this.size),
      where("before-atomic", "before-atomic", () =>
        this.#around("before-atomic").between(undefined, rmws).seq(maybePo),
      ),
      where("after-atomic", "after-atomic", () =>
        maybePo.between(undefined, rmws).seq(this.#around("after-atomic")),
      ),
      where("after-spinlock", "after-spinlock", () =>
        maybePo.between(undefined, this.lockWrites).seq(this.#around("after-spinlock")),
      ),
      where("after-srcu-read-unlock", "after-srcu-read-unlock", () =>
        maybePo.between(undefined, srcuEnds).seq(this.#around("after-srcu-read-unlock")),
      ),
    );
  }
}
