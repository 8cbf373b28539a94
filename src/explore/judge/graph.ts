/** The events of a recorded execution, as the axioms of the Linux-kernel memory model know them. */

import { type Event, type FenceKind, initialWrite, TAG } from "../../lkmm/event.js";
import { Relation } from "../../lkmm/relation.js";
import type { Access } from "../access.js";
import type { Recorded, Recording } from "./recording.js";

/** An execution as a graph. Events are places in `events`: the initial values first, then CPU by CPU. */
export interface Graph {
  readonly events: readonly Event[];
  /** By event: the place of its CPU's first event. */
  readonly starts: readonly number[];
  readonly rf: Relation;
  readonly co: Relation;
  /** By event: the access that made it, a place in the recording; -1 for an initial value. */
  readonly origins: readonly number[];
}

/** An event without its place. */
type Draft = Omit<Event, "process" | "index" | "at" | "value">;

const PLAIN: Draft = {
  ...{ kind: "R", location: "", tags: 0, fence: undefined },
  ...{ addr: [], data: [], ctrl: [], rmwOf: undefined },
};

/** The kinds of access that take a lock. */
const LOCKS: ReadonlySet<string> = new Set(["lock", "trylock"]);

/** Whether a lock's word is that of a spin lock: nobody else may hold it, and 1 is held. */
const isSpin = ({ value, expected }: Access) => value === 1 && expected === 0xffff_ffff;

/** The graph of a recording. Plain accesses count as marked ones without order, as the machine takes them. */
export function graphOf(recording: Recording): Graph {
  return new Building(recording).graph();
}

/** The events of one access: those that read, then those that store. */
interface Made {
  readonly drafts: Draft[];
  /** By read of the recording: the place of its event among the drafts. */
  readonly reads: number[];
  readonly stores: number[];
}

class Building {
  readonly #spins = new Set<number>();
  readonly #events: Event[] = [];
  readonly #starts: number[] = [];
  readonly #origins: number[] = [];
  /** By location and store: its event. */
  readonly #writes = new Map<string, number>();
  readonly #initial = new Map<number, number>();
  /** By access: the index of its first read among the events of its CPU. */
  readonly #firstRead = new Map<number, number>();

  /** By location of a word that one CPU touches: the writes, in order. */
  readonly #ownWrites = new Map<string, number[]>();
  /** Locations whose accesses are events. */
  readonly #locations: ReadonlySet<number>;

  constructor(readonly recording: Recording) {
    const { accesses } = recording;
    const sources = new Set(accesses.flatMap(({ address, data }) => [...address, ...data]));
    const ordering = accesses.filter(
      ({ access }, place) => access.hook.order !== "once" || sources.has(place),
    );
    this.#locations = new Set([...sharedLocations(accesses), ...ordering.flatMap(locationsOf)]);
  }

  graph(): Graph {
    const { accesses } = this.recording;
    const kept = accesses
      .map((_, place) => place)
      .filter((place) => this.#matters(accesses[place] as Recorded));
    for (const location of this.#locations)
      this.#initial.set(location, this.#put(initialWrite(name(location), 0), 0, -1));
    const sources: [read: number, location: number, store: number][] = [];
    const cpus = [...new Set(accesses.map(({ cpu }) => cpu))].sort((a, b) => a - b);
    const lastOwn = new Map<string, number>();
    const own: [read: number, write: number][] = [];
    for (const cpu of cpus) {
      const start = this.#events.length;
      for (const place of kept) {
        const recorded = accesses[place] as Recorded;
        if (recorded.cpu !== cpu) continue;
        const base = this.#events.length;
        const { drafts, reads, stores } = this.#draftsOf(recorded, base - start);
        for (const draft of drafts)
          this.#put(
            { ...draft, process: cpu, at: 0, value: 0, index: this.#events.length - start },
            start,
            place,
          );
        const [firstRead] = reads;
        if (firstRead !== undefined) this.#firstRead.set(place, base - start + firstRead);
        for (const [nth, draft] of reads.entries()) {
          const seen = recorded.reads[nth];
          if (seen !== undefined) sources.push([base + draft, seen.location, seen.store]);
        }
        for (const [nth, draft] of stores.entries()) {
          const made = recorded.stores[nth];
          if (made !== undefined) this.#writes.set(key(made.location, made.store), base + draft);
        }
        if (recorded.passed) this.#tieOwn(recorded, base, drafts, lastOwn, own);
      }
    }
    const rf = new Relation(this.#events.length);
    const co = new Relation(this.#events.length);
    for (const [read, location, store] of sources) rf.add(this.#writeOf(location, store), read);
    for (const [read, write] of own) rf.add(write, read);
    for (const [location, initial] of this.#initial) this.#order(co, location, initial);
    this.#orderOwn(co);
    return { events: this.#events, starts: this.#starts, rf, co, origins: this.#origins };
  }

  /**
   * Accesses without order to a word that only one CPU touches order nothing. They are events all the same if another
   * access to the word has an order, or if others depend on what one of them has read.
   */
  #matters(recorded: Recorded): boolean {
    if (recorded.passed || recorded.access.hook.kind === "fence") return true;
    return locationsOf(recorded).some((location) => this.#locations.has(location));
  }

  #put(event: Event, start: number, origin: number): number {
    this.#starts.push(start);
    this.#origins.push(origin);
    return this.#events.push(event) - 1;
  }

  #writeOf(location: number, store: number): number {
    return this.#writes.get(key(location, store)) ?? (this.#initial.get(location) as number);
  }

  /** The events of an access. `from`: the index of the first one among its CPU's. */
  #draftsOf(recorded: Recorded, from: number): Made {
    const { access, reads, stores, passed } = recorded;
    const { kind, order } = access.hook;
    if (kind === "fence") {
      const fence: FenceKind = order === "full" ? "mb" : order === "read" ? "rmb" : "wmb";
      return { drafts: [{ ...PLAIN, kind: "F", fence }], reads: [], stores: [] };
    }
    const isLock = LOCKS.has(kind);
    if (isLock) {
      if (isSpin(access)) this.#spins.add(access.at);
      else this.#spins.delete(access.at);
    }
    const spin = this.#spins.has(access.at);
    const stored = passed ? [ownLocation(recorded)] : stores.map(({ location }) => name(location));
    const read = passed ? stored : reads.map(({ location }) => name(location));
    const isStore = kind === "store" || (kind === "unlock" && spin);
    const addr = this.#from(recorded.address);
    const data = this.#from(recorded.data);
    const drafts: Draft[] = [];
    const [readTags, writeTags] = tagsOf(
      access,
      isLock && spin,
      kind === "unlock" && spin,
      stored.length > 0,
    );
    const made: Made = { drafts, reads: [], stores: [] };
    if (!isStore)
      for (const location of read) {
        made.reads.push(drafts.length);
        drafts.push({ ...PLAIN, kind: "R", location, tags: readTags, addr });
      }
    const readers = drafts.length;
    for (const [nth, location] of stored.entries()) {
      made.stores.push(drafts.length);
      const rmwOf = nth < readers ? from + nth : undefined;
      drafts.push({ ...PLAIN, kind: "W", location, tags: writeTags, addr, data, rmwOf });
    }
    if (order === "dereference") drafts.push({ ...PLAIN, kind: "F", fence: "read-depends" });
    return made;
  }

  /** Reads of earlier accesses of the same CPU, as indices among its events. */
  #from(places: readonly number[]): number[] {
    return places.map((place) => this.#firstRead.get(place)).filter((index) => index !== undefined);
  }

  /** A read-modify-write of a word that nobody else touches reads what its CPU stored there last. */
  #tieOwn(
    recorded: Recorded,
    base: number,
    drafts: readonly Draft[],
    last: Map<string, number>,
    own: [read: number, write: number][],
  ): void {
    const location = ownLocation(recorded);
    for (const [nth, { kind }] of drafts.entries()) {
      const place = base + nth;
      const before = last.get(location);
      if (kind === "R" && before !== undefined) own.push([place, before]);
      if (kind === "W") {
        this.#ownWrites.set(location, [...(this.#ownWrites.get(location) ?? []), place]);
        last.set(location, place);
      }
    }
  }

  #orderOwn(co: Relation): void {
    for (const writes of this.#ownWrites.values()) chain(co, writes);
  }

  #order(co: Relation, location: number, initial: number): void {
    const landed = this.recording.order(location);
    // What has not landed when the execution ends, lands behind all.
    const made = this.recording.accesses.flatMap(({ stores }) =>
      stores.filter((store) => store.location === location).map(({ store }) => store),
    );
    const left = made.filter((store) => !landed.includes(store));
    const writes = [...landed, ...left]
      .map((store) => this.#writes.get(key(location, store)))
      .filter((write) => write !== undefined);
    chain(co, [initial, ...writes]);
  }
}

function chain(co: Relation, writes: readonly number[]): void {
  for (const [nth, write] of writes.entries())
    for (const later of writes.slice(nth + 1)) co.add(write, later);
}

function key(location: number, store: number): string {
  return `${location} ${store}`;
}

function name(location: number): string {
  return `w${location}`;
}

/** The name of a word that only one CPU touches. */
function ownLocation({ cpu, access }: Recorded): string {
  return `own${cpu}.${access.at}`;
}

function locationsOf({ reads, stores }: Recorded): number[] {
  return [...reads, ...stores].map(({ location }) => location);
}

/** Locations that several CPUs touch and one stores to. */
function sharedLocations(accesses: readonly Recorded[]): Set<number> {
  const touched = new Map<number, number>();
  const stored = new Set<number>();
  for (const { cpu, reads, stores } of accesses) {
    for (const { location } of [...reads, ...stores])
      touched.set(location, (touched.get(location) ?? 0) | (1 << cpu));
    for (const { location } of stores) stored.add(location);
  }
  return new Set(
    [...stored].filter((location) => {
      const cpus = touched.get(location) ?? 0;
      return (cpus & (cpus - 1)) !== 0;
    }),
  );
}

/** Tags of what an access reads and of what it stores. `stores`: it does store. */
function tagsOf(
  { hook }: Access,
  takesSpin: boolean,
  givesSpin: boolean,
  stores: boolean,
): readonly [read: number, write: number] {
  const { kind, order } = hook;
  if (kind === "load" || kind === "wait") return [order === "acquire" ? TAG.acquire : 0, 0];
  if (kind === "store") return [0, order === "release" || order === "assign" ? TAG.release : 0];
  if (givesSpin) return [0, TAG.release | TAG.unlock];
  if (takesSpin) return stores ? [TAG.lockRead | TAG.acquire, TAG.lockWrite] : [0, 0];
  if (!stores) return [TAG.rmw, 0];
  if (order === "full") return [TAG.rmw | TAG.full, TAG.rmw | TAG.full];
  const gives = kind === "unlock" ? TAG.release | TAG.semaphore : order === "release" ? TAG.release : 0;
  const takes = order === "acquire" ? TAG.acquire : 0;
  return [TAG.rmw | takes, TAG.rmw | gives];
}
