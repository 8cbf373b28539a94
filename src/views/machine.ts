/** The view machine: weak memory on CPUs that execute in program order. */
import { Fences, NO_FENCE } from "./fences.js";
import { Knowledge, NOTHING } from "./knowledge.js";
import { Messages, NOBODY, NONE } from "./messages.js";
import { Doubles, Ints } from "./numbers.js";
import { VIEW_RULES, type ViewModel, type ViewRule } from "./rules.js";
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

/** Registers of a CPU. K: knowledge, V: a view. */
const REGISTER = {
  /** K: binds all accesses from here on; reads that return something; writes. */
  all: 0,
  reads: 1,
  writes: 2,
  /** K: of all accesses so far; of the reads that return something; of the writes. Each is late: see `#past`. */
  past: 3,
  pastReads: 4,
  pastWrites: 5,
  /**
   * V: all stores that were seen, with what they carry; only what fences without cumulativity hand on; of own stores.
   * Late as well.
   */
  seen: 6,
  handed: 7,
  stored: 8,
  /** V: what each store from here on carries; the same by write barriers alone. */
  carryAll: 9,
  carryStores: 10,
  /** smp_mb__before_atomic(): 1 if one waits for its operation, what was seen at it, and known. */
  beforeAtomic: 11,
  beforeAtomicSeen: 12,
  beforeAtomicKnown: 13,
  /** The same at the last read-modify-write, and at the last lock that was taken. */
  atomic: 14,
  atomicSeen: 15,
  atomicKnown: 16,
  locked: 17,
  lockedSeen: 18,
  lockedKnown: 19,
  /** At the last unlock of the CPU's own. */
  unlocked: 20,
  unlockedHanded: 21,
  unlockedSeen: 22,
  unlockedKnown: 23,
  /** What critical sections handed over to this CPU. */
  handover: 24,
  handoverSeen: 25,
  handoverKnown: 26,
  /** Reads before this number pass on their address dependency on Alpha. */
  readDepends: 27,
  /** The last access of the CPU; and the last one that each of the late registers has taken in, in their order. */
  last: 28,
  takenIn: 29,
} as const;
const REGISTERS = 35;
/** The first late register, and the one behind the last one that holds knowledge. */
const LATE = REGISTER.past;
const LATE_VIEWS = REGISTER.seen;

/** What an access was, for the late registers. */
const READ = 1;
const SILENT = 2;
const WRITE = 4;
/** The accesses that each late register takes in. */
const TAKES = [READ | SILENT | WRITE, READ, WRITE, READ | SILENT | WRITE, WRITE, WRITE];

/** Registers by what they hold: for a description of a state. */
const KNOWLEDGE_REGISTERS = [
  ...[REGISTER.all, REGISTER.reads, REGISTER.writes, REGISTER.past, REGISTER.pastReads, REGISTER.pastWrites],
  ...[REGISTER.beforeAtomicKnown, REGISTER.atomicKnown, REGISTER.lockedKnown, REGISTER.unlockedKnown],
  REGISTER.handoverKnown,
];
const VIEW_REGISTERS = [
  ...[REGISTER.seen, REGISTER.handed, REGISTER.stored, REGISTER.carryAll, REGISTER.carryStores],
  ...[REGISTER.beforeAtomicSeen, REGISTER.atomicSeen, REGISTER.lockedSeen, REGISTER.unlockedHanded],
  ...[REGISTER.unlockedSeen, REGISTER.handoverSeen],
];
const FLAG_REGISTERS = [
  ...[REGISTER.beforeAtomic, REGISTER.atomic, REGISTER.locked, REGISTER.unlocked, REGISTER.handover],
];

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
  readonly columns: readonly Int32Array[];
  readonly registers: Int32Array;
  readonly sizes: readonly number[];
  readonly lastFence: number;
}

export class ViewMachine {
  readonly views = new Views();
  readonly fences = new Fences(this.views);
  readonly knowledge: Knowledge;
  readonly messages = new Messages();
  /** What `readable` and `writable` found: messages, the newest first. */
  readonly options: number[] = [];

  readonly #cpus: number;
  readonly #isAlpha: boolean;
  readonly #isPairwise: boolean;
  readonly #lateFences: boolean;
  readonly #besides: boolean;
  readonly #choose: (count: number) => number;
  readonly #off: Readonly<Record<ViewRule, boolean>>;
  readonly #registers: Int32Array;
  /** For each location and CPU, its last access there, as a number of the next three. */
  readonly #tops = new Ints();
  /** Accesses: the place of what was read or written, what is known behind it and all earlier ones there, the earlier one. */
  readonly #accessPlace = new Doubles();
  readonly #accessKnows = new Ints();
  readonly #accessBefore = new Ints();
  /** What each access was, knew and saw, and the CPU's access before it. */
  readonly #accessKind = new Ints();
  readonly #accessKnown = new Ints();
  readonly #accessSees = new Ints();
  readonly #accessPrevious = new Ints();
  /** Knowledge of each read. */
  readonly #reads = new Ints();
  /** Accesses that are behind a strong fence: the location, the place, the fence. */
  readonly #boundLocation = new Ints();
  readonly #boundPlace = new Doubles();
  readonly #boundFence = new Ints();
  /** All of the columns above, of messages and of fences. */
  readonly #ints: readonly Ints[];
  readonly #doubles: readonly Doubles[];
  /** Knowledge that the next access of a CPU gets from the reads that it depends on. */
  #toRead = NOTHING;
  #toWrite = NOTHING;
  #toForward = NOTHING;

  constructor({ cpus, model, without = new Set(), lateFences, besides, choose }: ViewOptions) {
    this.#cpus = cpus;
    this.#isAlpha = model === "alpha";
    this.#isPairwise = model === "pairwise";
    this.#lateFences = lateFences;
    this.#besides = besides;
    this.#choose = choose;
    this.#off = Object.fromEntries(VIEW_RULES.map((rule) => [rule, without.has(rule)])) as Record<
      ViewRule,
      boolean
    >;
    this.knowledge = new Knowledge(cpus, this.views, this.fences);
    this.#registers = new Int32Array(cpus * REGISTERS);
    this.#noAccess();
    const m = this.messages;
    this.#ints = [
      ...[m.location, m.cpu, m.before, m.sealed, m.carries, m.knows, m.forwards, m.unlocks, m.handsOver],
      ...[m.handsFence, m.last, this.fences.seen, this.fences.before, this.#tops, this.#accessKnows],
      ...[this.#accessKind, this.#accessKnown, this.#accessSees, this.#accessPrevious],
      ...[this.#accessBefore, this.#reads, this.#boundLocation, this.#boundFence],
    ];
    this.#doubles = [m.place, this.fences.stamps, this.#accessPlace, this.#boundPlace];
  }

  /** A new location; returns its number. Its initial message is the last one of `messages`. */
  open(): number {
    this.views.widen();
    for (let cpu = 0; cpu < this.#cpus; cpu++) this.#tops.push(0);
    return this.messages.open();
  }

  /** The next access depends on a read. */
  depend(cpu: number, kind: Dependency, read: number): void {
    if (this.#off[kind]) return;
    const known = this.#reads.get(read);
    const { knowledge } = this;
    this.#toWrite = knowledge.join(this.#toWrite, known);
    if (kind === "control") return;
    if (kind === "address") {
      const isOrdered = !this.#isAlpha || read < this.#get(cpu, REGISTER.readDepends);
      if (isOrdered) this.#toRead = knowledge.join(this.#toRead, known);
      if (this.#isAlpha) return;
    }
    if (!this.#off["forwarding"]) this.#toForward = knowledge.join(this.#toForward, known);
  }

  /** Fills `options` with the messages that a read may read, the newest first. There is at least one. */
  readable(cpu: number, location: number, order: number): number {
    const { options, messages } = this;
    options.length = 0;
    const floor = this.#floorOfRead(cpu, location, order);
    for (
      let message = messages.last.get(location);
      message !== NONE;
      message = messages.before.get(message)
    ) {
      const place = messages.place.get(message);
      if (place < floor) break;
      if (this.#isReadable(cpu, location, message, place)) options.push(message);
    }
    return options.length;
  }

  /** Reads a message. Returns the number of the read, for those who depend on it. */
  read(cpu: number, order: number, message: number): number {
    const { knowledge, messages } = this;
    const location = messages.location.get(message);
    const writer = messages.cpu.get(message);
    let known = knowledge.join(this.#get(cpu, REGISTER.all), this.#toRead);
    if (!this.#isSilent(order)) known = knowledge.join(known, this.#get(cpu, REGISTER.reads));
    let sees: number = NOWHERE;
    if (writer === cpu) known = knowledge.join(known, messages.forwards.get(message));
    else if (writer !== NOBODY) {
      sees = messages.carries.get(message);
      if (!this.#off["reads-from"]) known = knowledge.join(known, messages.knows.get(message));
      known = this.#overtaken(cpu, sees, known);
    }
    const place = messages.place.get(message);
    this.#bind(location, place, known);
    if (!this.#off["seen-before"]) known = knowledge.tell(known, cpu, sees);
    if ((order & ORDER.acquire) !== 0 && !this.#off.acquire) this.#learn(cpu, REGISTER.all, known);
    this.#note(cpu, location, place, known, this.#isSilent(order) ? SILENT : READ, sees);
    if ((order & ORDER.lock) !== 0) this.#takeOver(cpu, message);
    this.#independent();
    const read = this.#reads.size;
    this.#reads.push(known);
    return read;
  }

  /** Fills `options` with the messages behind which a write may land, the newest first. There is at least one. */
  writable(cpu: number, location: number, order: number): number {
    const { options, messages } = this;
    options.length = 0;
    const floor = this.floorOfWrite(cpu, location, order);
    let next = NONE;
    for (
      let message = messages.last.get(location);
      message !== NONE;
      message = messages.before.get(message)
    ) {
      const isOpen = next === NONE || this.#isOpen(message, next);
      if (isOpen) options.push(message);
      if (messages.place.get(message) <= floor) break;
      next = message;
    }
    return options.length;
  }

  /** The place in the coherence order that a write must be behind, or at. */
  floorOfWrite(cpu: number, location: number, order: number): number {
    const { knowledge } = this;
    const top = this.#tops.get(location * this.#cpus + cpu);
    let floor = this.#off["coherence"] ? 0 : this.#accessPlace.get(top);
    floor = Math.max(floor, knowledge.floor(this.#get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#get(cpu, REGISTER.writes), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#toWrite, cpu, location));
    if (!this.#off["same-location"])
      floor = Math.max(floor, knowledge.floor(this.#accessKnows.get(top), cpu, location));
    if (this.#isRelease(order))
      floor = Math.max(floor, knowledge.floor(this.#past(cpu, REGISTER.past), cpu, location));
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
    const top = this.#tops.get(location * this.#cpus + cpu);
    let known = knowledge.join(this.#get(cpu, REGISTER.all), this.#get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.#toWrite);
    if (!this.#off["same-location"]) known = knowledge.join(known, this.#accessKnows.get(top));
    let carries = views.join(this.#get(cpu, REGISTER.carryAll), this.#get(cpu, REGISTER.carryStores));
    const isUnlock = (order & ORDER.unlock) !== 0;
    if (this.#isRelease(order)) {
      known = knowledge.join(known, this.#past(cpu, REGISTER.past));
      carries = views.join(carries, this.#past(cpu, this.#cumulative(isUnlock)));
    }
    if (modifies && !this.#off["rmw-sequence"]) carries = views.join(carries, messages.carries.get(after));
    const message = messages.add(cpu, after);
    const place = messages.place.get(message);
    carries = views.raise(carries, location, place);
    this.#bind(location, place, known);
    if (!this.#off["seen-before"]) known = knowledge.tell(known, cpu, carries);
    if (modifies) messages.sealed.set(message, 1);
    messages.carries.set(message, carries);
    messages.knows.set(message, known);
    messages.forwards.set(message, this.#toForward);
    if ((order & ORDER.handOver) !== 0) this.#unlock(cpu, message);
    this.#note(cpu, location, place, known, WRITE, carries);
    this.#independent();
    return message;
  }

  /** smp_mb() and its kind. */
  full(cpu: number): void {
    this.#strong(cpu, this.#past(cpu, this.#cumulative(false)), this.#past(cpu, REGISTER.past));
  }

  fence(cpu: number, kind: "mb" | "rmb" | "wmb" | "read-depends"): void {
    if (kind !== "read-depends" && this.#off[kind]) return;
    const { knowledge, views } = this;
    if (kind === "mb") this.full(cpu);
    else if (kind === "rmb")
      this.#set(
        cpu,
        REGISTER.reads,
        knowledge.join(this.#get(cpu, REGISTER.reads), this.#past(cpu, REGISTER.pastReads)),
      );
    else if (kind === "wmb") {
      const [known, stored] = [this.#past(cpu, REGISTER.pastWrites), this.#past(cpu, REGISTER.stored)];
      this.#set(cpu, REGISTER.writes, knowledge.join(this.#get(cpu, REGISTER.writes), known));
      this.#set(cpu, REGISTER.carryStores, views.join(this.#get(cpu, REGISTER.carryStores), stored));
    } else if (!this.#off["read-depends"]) this.#set(cpu, REGISTER.readDepends, this.#reads.size);
  }

  /** Before the read of a read-modify-write, also of one that will fail; `full`: it is fully ordered and succeeds. */
  beginModify(cpu: number, full: boolean): void {
    if (this.#get(cpu, REGISTER.beforeAtomic) === 1) {
      const seen = this.#get(cpu, REGISTER.beforeAtomicSeen);
      this.#strong(cpu, seen, this.#get(cpu, REGISTER.beforeAtomicKnown));
      this.#set(cpu, REGISTER.beforeAtomic, 0);
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
      this.#learn(cpu, REGISTER.all, this.#get(cpu, REGISTER.reads));
    if ((order & ORDER.lock) !== 0) this.#takeOver(cpu, NONE);
    if (!this.#isRelease(order)) return;
    let known = knowledge.join(this.#get(cpu, REGISTER.all), this.#get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.#past(cpu, REGISTER.past));
    let carries = views.join(this.#get(cpu, REGISTER.carryAll), this.#get(cpu, REGISTER.carryStores));
    carries = views.join(carries, this.#past(cpu, this.#cumulative((order & ORDER.unlock) !== 0)));
    if ((order & ORDER.handOver) !== 0) this.#noteUnlock(cpu);
    // A write barrier behind it orders this write, and with it what came before the release.
    this.#noteAccess(cpu, 0, known, 0, known, WRITE, carries);
  }

  /** smp_mb__before_atomic() and its kind. */
  beside(cpu: number, kind: "before-atomic" | "after-atomic" | "after-spinlock" | "after-unlock-lock"): void {
    if (this.#off[kind]) return;
    const strong = (is: number, seen: number, known: number) => {
      if (this.#get(cpu, is) === 1) this.#strong(cpu, this.#get(cpu, seen), this.#get(cpu, known));
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
    const seen = views.at(this.#past(cpu, this.#cumulative(false)), location);
    return Math.max(strong, seen, knowledge.floor(this.#past(cpu, REGISTER.past), cpu, location));
  }

  /** Forgets everything, locations too. */
  clear(): void {
    for (const column of this.#ints) column.size = 0;
    for (const column of this.#doubles) column.size = 0;
    this.#registers.fill(0);
    this.views.size = this.knowledge.size = 1;
    this.views.locations = 0;
    this.fences.clear();
    this.#noAccess();
    this.#independent();
  }

  /** The state, to go back to. */
  save(): Saved {
    const { views, knowledge, fences } = this;
    return {
      columns: this.#ints.map((column) => column.copy()),
      registers: this.#registers.slice(),
      sizes: [views.size, knowledge.size, views.locations, ...this.#doubles.map(({ size }) => size)],
      lastFence: fences.last,
    };
  }

  /** Goes back to a state that was saved here. */
  restore({ columns, registers, sizes, lastFence }: Saved): void {
    for (const [i, column] of this.#ints.entries()) column.load(columns[i] as Int32Array);
    this.#registers.set(registers);
    const [views = 1, knowledge = 1, locations = 0, ...doubles] = sizes;
    this.views.size = views;
    this.knowledge.size = knowledge;
    this.views.locations = locations;
    for (const [i, column] of this.#doubles.entries()) column.size = doubles[i] ?? 0;
    this.fences.last = lastFence;
    this.#independent();
  }

  /** Access 0 stands for none. */
  #noAccess(): void {
    this.#accessPlace.push(0);
    this.#accessKnows.push(NOTHING);
    this.#accessBefore.push(0);
    this.#accessKind.push(0);
    this.#accessKnown.push(NOTHING);
    this.#accessSees.push(NOWHERE);
    this.#accessPrevious.push(0);
  }

  /**
   * A text that is the same for two states from which the same can happen. `name` names a message; `live` are the CPUs
   * that have something left to do, each with its reads so far.
   */
  describe(name: (message: number) => string, live: ReadonlyMap<number, readonly number[]>): string {
    const { messages, views, knowledge, fences } = this;
    const ranks: Map<number, number>[] = [];
    const parts: (string | number)[] = [];
    const orders: number[][] = [];
    for (let location = 0; location < views.locations; location++) {
      const order: number[] = [];
      for (let m = messages.last.get(location); m !== NONE; m = messages.before.get(m)) order.unshift(m);
      orders.push(order);
      ranks.push(new Map(order.map((message, rank) => [messages.place.get(message), rank])));
    }
    const rank = (location: number, place: number) => ranks[location]?.get(place) ?? -1;
    const viewTexts = new Map<number, string>();
    const view = (item: number): string => {
      let text = viewTexts.get(item);
      if (text === undefined) {
        text = ranks.map((_, location) => rank(location, views.at(item, location))).join(",");
        viewTexts.set(item, text);
      }
      return text;
    };
    const fenceOrder: number[] = [];
    for (let fence = fences.last; fence >= 0; fence = fences.before.get(fence)) fenceOrder.unshift(fence);
    const known = (item: number): string => {
      const all = [fenceOrder.indexOf(knowledge.fence(item))];
      return `${all}:${[...live.keys()].map((cpu) => view(knowledge.view(item, cpu))).join("/")}`;
    };
    for (const order of orders)
      for (const message of order) {
        const { sealed, unlocks, carries, knows, forwards, handsOver, handsFence } = messages;
        parts.push(name(message), sealed.get(message), view(carries.get(message)), known(knows.get(message)));
        parts.push(known(forwards.get(message)));
        if (unlocks.get(message) === 1)
          parts.push("U", view(handsOver.get(message)), view(handsFence.get(message)));
      }
    parts.push("F", ...fenceOrder.map((fence) => view(fences.seen.get(fence))));
    for (const [cpu, reads] of live) {
      parts.push("C", cpu);
      for (const register of KNOWLEDGE_REGISTERS) parts.push(known(this.#now(cpu, register)));
      for (const register of VIEW_REGISTERS) parts.push(view(this.#now(cpu, register)));
      for (const register of FLAG_REGISTERS) parts.push(this.#get(cpu, register));
      const barrier = this.#get(cpu, REGISTER.readDepends);
      for (const read of reads) parts.push(known(this.#reads.get(read)), read < barrier ? 1 : 0);
      for (let location = 0; location < views.locations; location++) {
        let access = this.#tops.get(location * this.#cpus + cpu);
        for (; access !== 0; access = this.#accessBefore.get(access))
          parts.push(rank(location, this.#accessPlace.get(access)), known(this.#accessKnows.get(access)));
        parts.push(";");
      }
    }
    const bound = new Set<string>();
    for (let i = 0; i < this.#boundFence.size; i++) {
      const location = this.#boundLocation.get(i);
      const fence = fenceOrder.indexOf(this.#boundFence.get(i));
      bound.add(`${location}.${rank(location, this.#boundPlace.get(i))}.${fence}`);
    }
    parts.push("B", ...[...bound].sort());
    return parts.join(" ");
  }

  #get(cpu: number, register: number): number {
    return this.#registers[cpu * REGISTERS + register] as number;
  }

  #now(cpu: number, register: number): number {
    const isLate = register >= LATE && register < LATE + TAKES.length;
    return isLate ? this.#past(cpu, register) : this.#get(cpu, register);
  }

  #set(cpu: number, register: number, value: number): void {
    this.#registers[cpu * REGISTERS + register] = value;
  }

  /**
   * A late register, brought up to date. It takes in what the CPU did since somebody asked for it last: most of the time
   * nobody asks.
   */
  #past(cpu: number, register: number): number {
    const mark = REGISTER.takenIn + register - LATE;
    const [last, end] = [this.#get(cpu, REGISTER.last), this.#get(cpu, mark)];
    if (last === end) return this.#get(cpu, register);
    const takes = TAKES[register - LATE] as number;
    const isView = register >= LATE_VIEWS;
    let value = this.#get(cpu, register);
    for (let access = last; access !== end; access = this.#accessPrevious.get(access)) {
      if ((this.#accessKind.get(access) & takes) === 0) continue;
      value = isView
        ? this.views.join(value, this.#accessSees.get(access))
        : this.knowledge.join(value, this.#accessKnown.get(access));
    }
    this.#set(cpu, register, value);
    this.#set(cpu, mark, last);
    return value;
  }

  /** Adds to a register that holds a view. */
  #see(cpu: number, register: number, view: number): void {
    this.#set(cpu, register, this.views.join(this.#get(cpu, register), view));
  }

  /** Adds to a register that holds knowledge. */
  #learn(cpu: number, register: number, known: number): void {
    this.#set(cpu, register, this.knowledge.join(this.#get(cpu, register), known));
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
    if (!this.#off["coherence"]) floor = this.#accessPlace.get(this.#tops.get(location * this.#cpus + cpu));
    floor = Math.max(floor, knowledge.floor(this.#get(cpu, REGISTER.all), cpu, location));
    floor = Math.max(floor, knowledge.floor(this.#toRead, cpu, location));
    if (this.#isSilent(order)) return floor;
    return Math.max(floor, knowledge.floor(this.#get(cpu, REGISTER.reads), cpu, location));
  }

  /** True unless what the message brings along forbids to read it. */
  #isReadable(cpu: number, location: number, message: number, place: number): boolean {
    const { messages, knowledge } = this;
    const writer = messages.cpu.get(message);
    if (writer === NOBODY || message === messages.last.get(location)) return true;
    if (writer === cpu) return knowledge.floor(messages.forwards.get(message), cpu, location) <= place;
    if (knowledge.floor(messages.knows.get(message), cpu, location) > place) return false;
    return (
      knowledge.floor(this.#overtaken(cpu, messages.carries.get(message), NOTHING), cpu, location) <= place
    );
  }

  /**
   * Adds the knowledge of the CPU's accesses to values that a view says are old: those accesses come before the read
   * that brings the view.
   */
  #overtaken(cpu: number, view: number, known: number): number {
    if (view === NOWHERE || this.#off["overtaken"]) return known;
    const { views, knowledge } = this;
    let result = known;
    for (let location = 0; location < views.locations; location++) {
      const place = views.at(view, location);
      if (place === 0) continue;
      let access = this.#tops.get(location * this.#cpus + cpu);
      while (access !== 0 && this.#accessPlace.get(access) >= place) access = this.#accessBefore.get(access);
      if (access !== 0) result = knowledge.join(result, this.#accessKnows.get(access));
    }
    return result;
  }

  /** Notes that an access is behind a strong fence. */
  #bind(location: number, place: number, known: number): void {
    const fence = this.knowledge.fence(known);
    if (fence === NO_FENCE || !this.#lateFences) return;
    this.#boundLocation.push(location);
    this.#boundPlace.push(place);
    this.#boundFence.push(fence);
  }

  /** Notes the last access of a CPU to a location. */
  #note(cpu: number, location: number, place: number, known: number, kind: number, sees: number): void {
    const slot = location * this.#cpus + cpu;
    const top = this.#tops.get(slot);
    const isSame = top !== 0 && this.#accessPlace.get(top) === place;
    const knows = this.knowledge.join(this.#accessKnows.get(top), known);
    const before = isSame ? this.#accessBefore.get(top) : top;
    this.#tops.set(slot, this.#noteAccess(cpu, place, knows, before, known, kind, sees));
  }

  /** Adds an access to those of a CPU. `knows` and `before` are those of its location. Returns its number. */
  #noteAccess(
    cpu: number,
    place: number,
    knows: number,
    before: number,
    known: number,
    kind: number,
    sees: number,
  ): number {
    const made = this.#accessPlace.size;
    this.#accessPlace.push(place);
    this.#accessKnows.push(knows);
    this.#accessBefore.push(before);
    this.#accessKind.push(kind);
    this.#accessKnown.push(known);
    this.#accessSees.push(sees);
    this.#accessPrevious.push(this.#get(cpu, REGISTER.last));
    this.#set(cpu, REGISTER.last, made);
    return made;
  }

  /** A strong fence between those who have seen and known this, and all that follows on the CPU. */
  #strong(cpu: number, seen: number, known: number): void {
    const { knowledge, fences } = this;
    let all = knowledge.join(this.#get(cpu, REGISTER.all), known);
    if (!this.#off["propagation"])
      all = knowledge.behind(all, fences.add(seen, this.#positionOf(seen, knowledge.fence(known))));
    this.#set(cpu, REGISTER.all, all);
    this.#see(cpu, REGISTER.carryAll, seen);
    this.#see(cpu, REGISTER.handed, seen);
    this.#see(cpu, REGISTER.seen, seen);
  }

  /** The fence that a new one comes behind: it comes behind `floor`, and before no fence that would have to know more. */
  #positionOf(seen: number, floor: number): number {
    const { fences } = this;
    if (!this.#lateFences) return fences.last;
    let count = 1;
    let fence = fences.last;
    while (fence !== floor && this.#mayPrecede(seen, fence)) {
      count++;
      fence = fences.before.get(fence);
    }
    fence = fences.last;
    for (let steps = count === 1 ? 0 : this.#choose(count); steps > 0; steps--)
      fence = fences.before.get(fence);
    return fence;
  }

  /** True unless somebody behind the fence has missed a store of the view. */
  #mayPrecede(view: number, fence: number): boolean {
    if (this.#off["fence-order"]) return true;
    const stamp = this.fences.stamps.get(fence);
    for (let i = 0; i < this.#boundFence.size; i++)
      if (
        this.fences.stamps.get(this.#boundFence.get(i)) >= stamp &&
        this.#boundPlace.get(i) < this.views.at(view, this.#boundLocation.get(i))
      )
        return false;
    return true;
  }

  /** Keeps what smp_mb__after_atomic() and its kind order. */
  #snapshot(cpu: number, is: number, seen: number, known: number): void {
    if (!this.#besides) return;
    this.#set(cpu, is, 1);
    this.#set(cpu, seen, this.#past(cpu, this.#cumulative(false)));
    this.#set(cpu, known, this.#past(cpu, REGISTER.past));
  }

  /** An unlock: whoever takes a lock behind it gets what came before it. Called before the registers take the write in. */
  #unlock(cpu: number, message: number): void {
    const { messages } = this;
    messages.unlocks.set(message, 1);
    messages.handsOver.set(message, this.#past(cpu, REGISTER.handed));
    messages.handsFence.set(message, this.#past(cpu, this.#cumulative(false)));
    this.#noteUnlock(cpu);
  }

  /** Keeps what an unlock of a spin lock hands over to the next lock of its own CPU. */
  #noteUnlock(cpu: number): void {
    this.#set(cpu, REGISTER.unlocked, 1);
    this.#set(cpu, REGISTER.unlockedHanded, this.#past(cpu, REGISTER.handed));
    this.#set(cpu, REGISTER.unlockedSeen, this.#past(cpu, this.#cumulative(false)));
    this.#set(cpu, REGISTER.unlockedKnown, this.#past(cpu, REGISTER.past));
  }

  /** A lock is taken by reading a message, or NONE if the CPU is alone with the lock: the critical sections before it on this CPU, and of who unlocked it, hand over. */
  #takeOver(cpu: number, message: number): void {
    if (this.#off["lock-handover"]) return;
    const { messages } = this;
    const hand = (handed: number, seen: number, known: number) => {
      this.#see(cpu, REGISTER.carryAll, handed);
      this.#see(cpu, REGISTER.handed, handed);
      this.#see(cpu, REGISTER.seen, handed);
      this.#set(cpu, REGISTER.handover, 1);
      this.#see(cpu, REGISTER.handoverSeen, seen);
      this.#learn(cpu, REGISTER.handoverKnown, known);
    };
    if (message !== NONE && messages.unlocks.get(message) === 1)
      hand(messages.handsOver.get(message), messages.handsFence.get(message), messages.knows.get(message));
    if (this.#get(cpu, REGISTER.unlocked) === 0) return;
    const known = this.#get(cpu, REGISTER.unlockedKnown);
    hand(this.#get(cpu, REGISTER.unlockedHanded), this.#get(cpu, REGISTER.unlockedSeen), known);
    this.#learn(cpu, REGISTER.all, known);
  }

  /** The access that depended on reads is over. */
  #independent(): void {
    this.#toRead = this.#toWrite = this.#toForward = NOTHING;
  }
}
