/** The view machine: weak memory on CPUs that execute in program order. */
import type { Accesses } from "./accesses.js";
import { Bound } from "./bound.js";
import { Cpus } from "./cpus.js";
import { Fences } from "./fences.js";
import { Knowledge, NOTHING } from "./knowledge.js";
import { Messages, NOBODY, NONE } from "./messages.js";
import type { Doubles, Ints } from "./numbers.js";
import { Overtaking } from "./overtaking.js";
import { READ, REGISTER, SILENT, WRITE } from "./registers.js";
import { type Switches, switchesOf, type ViewModel, type ViewRule } from "./rules.js";
import { NOWHERE, Views } from "./views.js";

/** What an access is, as bits. */
export const ORDER = {
  acquire: 1,
  release: 2,
  /** The read of an operation that returns nothing. */
  silent: 4,
  /** The read that takes a lock. */
  lock: 8,
  /** The write that gives a lock back: also a release. */
  unlock: 16,
  /** Such a write of a spin lock: its critical section comes before the next one of the same CPU for everybody. */
  handOver: 32,
} as const;

/** How a read counts for an access that depends on it. */
export type Dependency = "address" | "data" | "control";

/** How a machine behaves. */
export interface ViewOptions {
  readonly cpus: number;
  readonly model: ViewModel;
  /** Rules that do not apply: for tests of the rules. */
  readonly without?: ReadonlySet<ViewRule>;
  /** True: a strong fence may come before others that have executed already. */
  readonly lateFences: boolean;
  /** True: `beside` is used. */
  readonly besides: boolean;
  /** Returns a number from 0 to count - 1. 0 is always the place behind all other fences. */
  readonly choose: (count: number) => number;
}

/** A state of the machine, to go back to. */
export interface Saved {
  /** All columns, one behind the other; and the registers. */
  columns: Int32Array;
  readonly registers: Int32Array;
  /** Of the pools and all columns. */
  readonly sizes: number[];
  lastFence: number;
}

export class ViewMachine {
  readonly views = new Views();
  readonly fences = new Fences(this.views);
  readonly knowledge: Knowledge;
  readonly messages = new Messages();
  /** What `readable` and `writable` found: as many messages as they return, the newest first. */
  readonly options: number[] = [];

  readonly cpus: Cpus;
  readonly bound: Bound;
  readonly #accesses: Accesses;
  readonly #overtaking: Overtaking;
  readonly #isAlpha: boolean;
  readonly #isPairwise: boolean;
  readonly #besides: boolean;
  readonly #off: Switches;
  /** All columns of the parts. */
  readonly #ints: readonly Ints[];
  readonly #doubles: readonly Doubles[];
  /** Knowledge that the next access of a CPU gets from the reads that it depends on. */
  #toRead = NOTHING;
  #toWrite = NOTHING;
  #toForward = NOTHING;

  constructor({ cpus, model, without = new Set(), lateFences, besides, choose }: ViewOptions) {
    this.#isAlpha = model === "alpha";
    this.#isPairwise = model === "pairwise";
    this.#besides = besides;
    this.#off = switchesOf(without);
    const { views, fences, messages: m } = this;
    this.knowledge = new Knowledge(cpus, views, fences);
    this.cpus = new Cpus(cpus, views, this.knowledge);
    this.#accesses = this.cpus.accesses;
    this.bound = new Bound(fences, this.knowledge, lateFences, choose, this.#off);
    this.#overtaking = new Overtaking(views, this.knowledge, m, this.cpus, this.bound, this.#off);
    this.#ints = [
      ...m.ints,
      ...this.#accesses.ints,
      fences.seen,
      fences.before,
      this.bound.location,
      this.bound.fence,
    ];
    this.#doubles = [m.place, fences.stamps, this.#accesses.place, this.bound.place];
  }

  /** A new location; returns its number. Its initial message is the last one of `messages`. */
  open(): number {
    this.views.widen();
    this.#accesses.widen();
    return this.messages.open();
  }

  /** The next access depends on a read. */
  depend(cpu: number, kind: Dependency, read: number): void {
    if (this.#off[kind]) return;
    const known = this.#accesses.known.get(read);
    const { knowledge } = this;
    this.#toWrite = knowledge.join(this.#toWrite, known);
    if (kind === "control") return;
    if (kind === "address") {
      const isOrdered = !this.#isAlpha || read < this.cpus.get(cpu, REGISTER.readDepends);
      if (isOrdered) this.#toRead = knowledge.join(this.#toRead, known);
      if (this.#isAlpha) return;
    }
    if (!this.#off["forwarding"]) this.#toForward = knowledge.join(this.#toForward, known);
  }

  /** Fills `options` with the messages that a read may read, the newest first. Returns how many: at least one. */
  readable(cpu: number, location: number, order: number): number {
    const { options, messages } = this;
    const newest = messages.last.get(location);
    if (this.#isAllThereIs(cpu, newest)) return this.#only(newest);
    let count = 0;
    const floor = this.#floorOfRead(cpu, location, order);
    for (let message = newest; message !== NONE; message = messages.before.get(message)) {
      const place = messages.place.get(message);
      if (place < floor) break;
      if (this.#isReadable(cpu, location, order, message)) options[count++] = message;
    }
    return count;
  }

  /** Reads a message. Returns the number of the read, for those who depend on it. */
  read(cpu: number, order: number, message: number): number {
    const { knowledge, messages } = this;
    const location = messages.location.get(message);
    const writer = messages.cpu.get(message);
    let known = this.#knownAtRead(cpu, order, message);
    const sees = writer === cpu || writer === NOBODY ? NOWHERE : messages.carries.get(message);
    const place = messages.place.get(message);
    this.bound.add(location, place, known);
    this.#overtaking.tell(cpu, location, place, known);
    if (!this.#off["seen-before"]) known = knowledge.tell(known, cpu, sees);
    if ((order & ORDER.acquire) !== 0 && !this.#off.acquire) this.cpus.learn(cpu, REGISTER.all, known);
    const read = this.cpus.note(cpu, location, place, known, this.#isSilent(order) ? SILENT : READ, sees);
    if ((order & ORDER.lock) !== 0) this.#takeOver(cpu, message);
    this.#independent();
    return read;
  }

  /** Fills `options` with the messages behind which a write may land, the newest first. Returns how many: at least one. */
  writable(cpu: number, location: number, order: number): number {
    const { options, messages } = this;
    const newest = messages.last.get(location);
    if (this.#isAllThereIs(cpu, newest)) return this.#only(newest);
    let count = 0;
    const floor = this.floorOfWrite(cpu, location, order);
    let next = NONE;
    for (let message = newest; message !== NONE; message = messages.before.get(message)) {
      if (
        next === NONE ||
        (this.#isOpen(message, next) && this.#mayLand(cpu, location, order, message, next))
      )
        options[count++] = message;
      if (messages.place.get(message) <= floor) break;
      next = message;
    }
    return count;
  }

  /** True when a CPU can see nothing but the newest message: there is no other, or it is the CPU's own. */
  #isAllThereIs(cpu: number, newest: number): boolean {
    const { messages } = this;
    if (messages.before.get(newest) === NONE) return true;
    return messages.cpu.get(newest) === cpu && !this.#off["coherence"];
  }

  #only(message: number): number {
    this.options[0] = message;
    return 1;
  }

  /** True unless a write between two messages would come before an access that has told others too little. */
  #mayLand(cpu: number, location: number, order: number, message: number, next: number): boolean {
    const known = this.#knownAtWrite(cpu, location, order);
    return this.#overtaking.mayOvertake(cpu, location, this.messages.placeAfter(message, next), known);
  }

  /** The place in the coherence order that a write must be behind, or at. */
  floorOfWrite(cpu: number, location: number, order: number): number {
    const { knowledge } = this;
    const top = this.#accesses.top(cpu, location);
    let floor = this.#off["coherence"] ? 0 : this.#accesses.place.get(top);
    floor = Math.max(floor, knowledge.floor(this.cpus.get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.cpus.get(cpu, REGISTER.writes), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#toWrite, cpu, location));
    if (!this.#off["same-location"])
      floor = Math.max(floor, knowledge.floor(this.#accesses.knows.get(top), cpu, location));
    if (this.#isRelease(order))
      floor = Math.max(floor, knowledge.floor(this.cpus.past(cpu, REGISTER.past), cpu, location));
    return floor;
  }

  /** True when a read-modify-write may write right behind a message. */
  mayModify(cpu: number, order: number, message: number): boolean {
    const { messages } = this;
    const next = messages.next(message);
    if (next !== NONE && !this.#off["atomicity"] && !this.#isOpen(message, next)) return false;
    return this.floorOfWrite(cpu, messages.location.get(message), order) <= messages.place.get(message);
  }

  /** Writes right behind a message; `modifies`: as a read-modify-write that read it. Returns the new message. */
  write(cpu: number, order: number, after: number, modifies: boolean): number {
    const { knowledge, messages, views } = this;
    const location = messages.location.get(after);
    let known = this.#knownAtWrite(cpu, location, order);
    let carries = views.join(this.cpus.get(cpu, REGISTER.carryAll), this.cpus.get(cpu, REGISTER.carryStores));
    const isUnlock = (order & ORDER.unlock) !== 0;
    if (this.#isRelease(order))
      carries = views.join(carries, this.cpus.past(cpu, this.#cumulative(isUnlock)));
    if (modifies && !this.#off["rmw-sequence"]) carries = views.join(carries, messages.carries.get(after));
    const message = messages.add(cpu, after);
    const place = messages.place.get(message);
    carries = views.raise(carries, location, place);
    this.bound.add(location, place, known);
    this.#overtaking.tell(cpu, location, place, known);
    if (!this.#off["seen-before"]) known = knowledge.tell(known, cpu, carries);
    if (modifies) messages.sealed.set(message, 1);
    messages.carries.set(message, carries);
    messages.knows.set(message, known);
    messages.forwards.set(message, this.#toForward);
    if ((order & ORDER.handOver) !== 0) this.#unlock(cpu, message);
    this.cpus.note(cpu, location, place, known, WRITE, carries);
    this.#independent();
    return message;
  }

  /** smp_mb() and its kind. One that follows another with no access in between stands at the same place in their order. */
  full(cpu: number): void {
    if (this.cpus.get(cpu, REGISTER.moved) === 0) return;
    this.cpus.set(cpu, REGISTER.moved, 0);
    this.#strong(cpu, this.cpus.past(cpu, this.#cumulative(false)), this.cpus.past(cpu, REGISTER.past));
  }

  fence(cpu: number, kind: "mb" | "rmb" | "wmb" | "read-depends"): void {
    if (kind !== "read-depends" && this.#off[kind]) return;
    const { knowledge, views } = this;
    if (kind === "mb") this.full(cpu);
    else if (kind === "rmb")
      this.cpus.set(
        cpu,
        REGISTER.reads,
        knowledge.join(this.cpus.get(cpu, REGISTER.reads), this.cpus.past(cpu, REGISTER.pastReads)),
      );
    else if (kind === "wmb") {
      const [known, stored] = [
        this.cpus.past(cpu, REGISTER.pastWrites),
        this.cpus.past(cpu, REGISTER.stored),
      ];
      this.cpus.set(cpu, REGISTER.writes, knowledge.join(this.cpus.get(cpu, REGISTER.writes), known));
      this.cpus.set(cpu, REGISTER.carryStores, views.join(this.cpus.get(cpu, REGISTER.carryStores), stored));
    } else if (!this.#off["read-depends"]) this.cpus.set(cpu, REGISTER.readDepends, this.#accesses.size);
  }

  /** Before the read of a read-modify-write, also of one that will fail; `full`: it is fully ordered and succeeds. */
  beginModify(cpu: number, full: boolean): void {
    if (this.cpus.get(cpu, REGISTER.beforeAtomic) === 1) {
      const seen = this.cpus.get(cpu, REGISTER.beforeAtomicSeen);
      this.#strong(cpu, seen, this.cpus.get(cpu, REGISTER.beforeAtomicKnown));
      this.cpus.set(cpu, REGISTER.beforeAtomic, 0);
    }
    if (full && !this.#off["full-rmw"]) this.full(cpu);
  }

  /** Behind it. */
  endModify(cpu: number, full: boolean): void {
    this.#snapshot(cpu, REGISTER.atomic, REGISTER.atomicSeen, REGISTER.atomicKnown);
    if (full && !this.#off["full-rmw"]) this.full(cpu);
  }

  /** Behind the write that takes a lock. */
  endLock(cpu: number): void {
    this.#snapshot(cpu, REGISTER.locked, REGISTER.lockedSeen, REGISTER.lockedKnown);
  }

  /**
   * A read-modify-write of a word at which no other CPU looks, by its order: nobody reads what it writes, so only what it
   * orders on its own CPU is left.
   */
  alone(cpu: number, order: number): void {
    const { knowledge, views } = this;
    if ((order & ORDER.acquire) !== 0 && !this.#off.acquire)
      this.cpus.learn(cpu, REGISTER.all, this.cpus.get(cpu, REGISTER.reads));
    if ((order & ORDER.lock) !== 0) this.#takeOver(cpu, NONE);
    if (!this.#isRelease(order)) return;
    let known = knowledge.join(this.cpus.get(cpu, REGISTER.all), this.cpus.get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.cpus.past(cpu, REGISTER.past));
    let carries = views.join(this.cpus.get(cpu, REGISTER.carryAll), this.cpus.get(cpu, REGISTER.carryStores));
    carries = views.join(carries, this.cpus.past(cpu, this.#cumulative((order & ORDER.unlock) !== 0)));
    if ((order & ORDER.handOver) !== 0) this.#noteUnlock(cpu);
    // A write barrier behind it orders this write, and with it what came before the release.
    this.cpus.noteAlone(cpu, known, carries);
  }

  /** smp_mb__before_atomic() and its kind. */
  beside(cpu: number, kind: "before-atomic" | "after-atomic" | "after-spinlock" | "after-unlock-lock"): void {
    if (this.#off[kind]) return;
    const strong = (is: number, seen: number, known: number) => {
      if (this.cpus.get(cpu, is) === 1)
        this.#strong(cpu, this.cpus.get(cpu, seen), this.cpus.get(cpu, known));
    };
    if (kind === "before-atomic")
      this.#snapshot(cpu, REGISTER.beforeAtomic, REGISTER.beforeAtomicSeen, REGISTER.beforeAtomicKnown);
    else if (kind === "after-atomic") strong(REGISTER.atomic, REGISTER.atomicSeen, REGISTER.atomicKnown);
    else if (kind === "after-spinlock") strong(REGISTER.locked, REGISTER.lockedSeen, REGISTER.lockedKnown);
    else strong(REGISTER.handover, REGISTER.handoverSeen, REGISTER.handoverKnown);
  }

  /** The floor of an access behind a full barrier, if there was one now. */
  floorBehindFull(cpu: number, location: number): number {
    const { views, fences, knowledge } = this;
    const strong = views.at(fences.seen.get(fences.last), location);
    const seen = views.at(this.cpus.past(cpu, this.#cumulative(false)), location);
    return Math.max(strong, seen, knowledge.floor(this.cpus.past(cpu, REGISTER.past), cpu, location));
  }

  /** Forgets everything, locations too. */
  clear(): void {
    for (const column of this.#ints) column.size = 0;
    for (const column of this.#doubles) column.size = 0;
    this.cpus.clear();
    this.views.size = this.knowledge.size = 1;
    this.views.locations = 0;
    this.fences.clear();
    this.#accesses.begin();
    this.#independent();
  }

  /** The state, to go back to; `into` is one that nobody needs any more. */
  save(into: Saved = this.#unsaved()): Saved {
    const { views, knowledge, fences, cpus } = this;
    const { sizes, registers } = into;
    let all = 0;
    for (const { size } of this.#ints) all += size;
    if (into.columns.length < all) into.columns = new Int32Array(2 * all);
    let at = 0;
    let part = 0;
    for (const column of this.#ints) {
      column.copy(into.columns, at);
      at += column.size;
      sizes[part++] = column.size;
    }
    for (const { size } of this.#doubles) sizes[part++] = size;
    sizes[part++] = views.size;
    sizes[part++] = knowledge.size;
    sizes[part] = views.locations;
    cpus.copy(registers);
    into.lastFence = fences.last;
    return into;
  }

  /** Goes back to a state that was saved here. */
  restore({ columns, registers, sizes, lastFence }: Saved): void {
    let at = 0;
    let part = 0;
    for (const column of this.#ints) {
      const size = sizes[part++] as number;
      column.load(columns, at, size);
      at += size;
    }
    for (const column of this.#doubles) column.size = sizes[part++] as number;
    this.views.size = sizes[part++] as number;
    this.knowledge.size = sizes[part++] as number;
    this.views.locations = sizes[part] as number;
    this.cpus.load(registers);
    this.fences.last = lastFence;
    this.#independent();
  }

  #unsaved(): Saved {
    const registers = new Int32Array(this.cpus.registers);
    return { columns: new Int32Array(0), registers, sizes: [], lastFence: 0 };
  }

  #isSilent(order: number): boolean {
    return (order & ORDER.silent) !== 0 && !this.#off["no-return"];
  }

  #isRelease(order: number): boolean {
    return (order & ORDER.release) !== 0 && !this.#off["release"];
  }

  /** The register of what a release or a strong fence hands on. */
  #cumulative(isUnlock: boolean): number {
    const isAll = (!this.#isPairwise || isUnlock) && !this.#off["cumulativity"];
    return isAll ? REGISTER.seen : REGISTER.handed;
  }

  #isOpen(message: number, next: number): boolean {
    const { messages } = this;
    const isSealed = messages.sealed.get(next) === 1 && !this.#off["atomicity"];
    return !isSealed && !Number.isNaN(messages.placeAfter(message, next));
  }

  #floorOfRead(cpu: number, location: number, order: number): number {
    const { knowledge } = this;
    let floor = 0;
    if (!this.#off["coherence"]) floor = this.#accesses.place.get(this.#accesses.top(cpu, location));
    floor = Math.max(floor, knowledge.floor(this.cpus.get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#toRead, cpu, location));
    if (this.#isSilent(order)) return floor;
    return Math.max(floor, knowledge.floor(this.cpus.get(cpu, REGISTER.reads), cpu, location));
  }

  /** What is known before a read of a message, with what the message brings along. */
  #knownAtRead(cpu: number, order: number, message: number): number {
    const { knowledge, messages } = this;
    const writer = messages.cpu.get(message);
    let known = knowledge.join(this.cpus.get(cpu, REGISTER.all), this.#toRead);
    if (!this.#isSilent(order)) known = knowledge.join(known, this.cpus.get(cpu, REGISTER.reads));
    if (writer === cpu) return knowledge.join(known, messages.forwards.get(message));
    if (writer === NOBODY) return known;
    if (!this.#off["reads-from"]) known = knowledge.join(known, messages.knows.get(message));
    return this.#overtaking.overtaken(cpu, messages.carries.get(message), known);
  }

  /** What is known before a write. */
  #knownAtWrite(cpu: number, location: number, order: number): number {
    const { knowledge } = this;
    let known = knowledge.join(this.cpus.get(cpu, REGISTER.all), this.cpus.get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.#toWrite);
    if (!this.#off["same-location"])
      known = knowledge.join(known, this.#accesses.knows.get(this.#accesses.top(cpu, location)));
    return this.#isRelease(order) ? knowledge.join(known, this.cpus.past(cpu, REGISTER.past)) : known;
  }

  /** True unless what the message brings along forbids to read it. */
  #isReadable(cpu: number, location: number, order: number, message: number): boolean {
    const { messages, knowledge } = this;
    if (message === messages.last.get(location)) return true;
    const place = messages.place.get(message);
    const known = this.#knownAtRead(cpu, order, message);
    return (
      knowledge.floor(known, cpu, location) <= place &&
      this.#overtaking.mayOvertake(cpu, location, place, known)
    );
  }

  /** A strong fence between those who have seen and known this, and all that follows on the CPU. */
  #strong(cpu: number, seen: number, known: number): void {
    const { knowledge, fences } = this;
    let all = knowledge.join(this.cpus.get(cpu, REGISTER.all), known);
    if (!this.#off["propagation"])
      all = knowledge.behind(all, fences.add(seen, this.bound.positionOf(seen, knowledge.fence(known))));
    this.cpus.set(cpu, REGISTER.all, all);
    this.cpus.see(cpu, REGISTER.carryAll, seen);
    this.cpus.see(cpu, REGISTER.handed, seen);
    this.cpus.see(cpu, REGISTER.seen, seen);
  }

  /** Keeps what smp_mb__after_atomic() and its kind order. */
  #snapshot(cpu: number, is: number, seen: number, known: number): void {
    if (!this.#besides) return;
    this.cpus.set(cpu, is, 1);
    this.cpus.set(cpu, seen, this.cpus.past(cpu, this.#cumulative(false)));
    this.cpus.set(cpu, known, this.cpus.past(cpu, REGISTER.past));
  }

  /** An unlock: whoever takes a lock behind it gets what came before it. Called before the registers take the write in. */
  #unlock(cpu: number, message: number): void {
    const { messages } = this;
    messages.unlocks.set(message, 1);
    messages.handsOver.set(message, this.cpus.past(cpu, REGISTER.handed));
    messages.handsFence.set(message, this.cpus.past(cpu, this.#cumulative(false)));
    this.#noteUnlock(cpu);
  }

  /** Keeps what an unlock of a spin lock hands over to the next lock of its own CPU. */
  #noteUnlock(cpu: number): void {
    this.cpus.set(cpu, REGISTER.unlocked, 1);
    this.cpus.set(cpu, REGISTER.unlockedHanded, this.cpus.past(cpu, REGISTER.handed));
    this.cpus.set(cpu, REGISTER.unlockedSeen, this.cpus.past(cpu, this.#cumulative(false)));
    this.cpus.set(cpu, REGISTER.unlockedKnown, this.cpus.past(cpu, REGISTER.past));
  }

  /** A lock is taken by reading a message, or NONE if the CPU is alone with the lock: the critical sections before it on this CPU, and of who unlocked it, hand over. */
  #takeOver(cpu: number, message: number): void {
    if (this.#off["lock-handover"]) return;
    const { messages } = this;
    const hand = (handed: number, seen: number, known: number) => {
      this.cpus.see(cpu, REGISTER.carryAll, handed);
      this.cpus.see(cpu, REGISTER.handed, handed);
      this.cpus.see(cpu, REGISTER.seen, handed);
      this.cpus.set(cpu, REGISTER.handover, 1);
      this.cpus.see(cpu, REGISTER.handoverSeen, seen);
      this.cpus.learn(cpu, REGISTER.handoverKnown, known);
    };
    if (message !== NONE && messages.unlocks.get(message) === 1)
      hand(messages.handsOver.get(message), messages.handsFence.get(message), messages.knows.get(message));
    if (this.cpus.get(cpu, REGISTER.unlocked) === 0) return;
    const known = this.cpus.get(cpu, REGISTER.unlockedKnown);
    hand(this.cpus.get(cpu, REGISTER.unlockedHanded), this.cpus.get(cpu, REGISTER.unlockedSeen), known);
    this.cpus.learn(cpu, REGISTER.all, known);
  }

  /** The access that depended on reads is over. */
  #independent(): void {
    this.#toRead = this.#toWrite = this.#toForward = NOTHING;
  }
}
