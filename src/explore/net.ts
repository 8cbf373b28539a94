/**
 * The net for races on plain accesses, in the manner of KCSAN but exact: each CPU has a vector clock, and two accesses
 * race when they touch one word, one of them stores, one of them is plain, and neither clock has seen the other.
 *
 * What orders:
 *
 *   release store, assign   hands this CPU's clock to the word. Later read-modify-writes keep it (release sequence),
 *                           another store takes it away
 *   acquire load,           takes over the clock that the word holds. `dereference` counts as one: what is read through
 *   dereference             the pointer is ordered by its address
 *   read-modify-write       acquires and releases as its order says; `full` does both, and is a full fence
 *   full fence              what came before it goes along with every later store, by however many CPUs and words it
 *                           gets to the reader, and is taken over where a pointer is followed or a word acquired
 *   fences                  otherwise order nothing alone: a store after a write fence hands on the clock of that moment, and a read
 *                           fence takes over what earlier loads found
 *
 * `readOnce` orders nothing, although a processor orders what is read through a pointer that it gave. The net does not
 * know which accesses go through which pointer. So it may report a race that such an address alone rules out: a page of
 * objects is filled with zeros, and somebody follows a page's mapping to one of them. It hides none for that reason. Where
 * the address is meant to order, say `dereference`.
 *
 * A lost update is a race as well: a marked store takes away what another CPU's read-modify-write has done to the word,
 * nothing orders the two, and the storing CPU has not looked at the word since. In this execution the read-modify-write
 * may come second, and takes what was stored. It is the same race if nothing but the word itself orders the two, and the
 * other CPU has not looked at the word since the store: in another order the update is lost. Two stores are left out
 * there. One that releases hands the word on. And a word that holds 0 is not in use yet: who finds 0 leaves it alone, as a
 * free page has no reference.
 *
 * So locks, RCU's epochs and handing over need no rules of their own: they are made of these. Everything before
 * `begin` is ordered before everything behind it: the setup comes before all CPUs.
 *
 * Clocks only grow, over all executions. So `begin` forgets the last execution by raising every clock above it, and
 * nothing is cleared.
 */

import type { MemoryView } from "../wasm/memory.js";
import type { Access } from "./access.js";
import type { Observer } from "./machine.js";
import { NetTrail } from "./net-trail.js";
import { Print } from "./print.js";
import { describeRace, HOST, type Race, type RaceAccess, RacePairs, type RacePlaces } from "./race.js";

/** The kinds of access that the shadow of a word tells apart. */
const PLAIN_READ = 0;
const PLAIN_WRITE = 1;
const MARKED_READ = 2;
const MARKED_WRITE = 3;
const UPDATE = 4;
/** A marked store without an order, which would take away an update. It is a MARKED_WRITE as well. */
const OVER = 5;
const KINDS = 6;

/** By kind: a bit for each kind that conflicts with it. Two marked accesses race only if an update is lost: see #lost. */
const CONFLICTS: readonly number[] = [
  (1 << PLAIN_WRITE) | (1 << MARKED_WRITE) | (1 << UPDATE),
  (1 << PLAIN_READ) | (1 << PLAIN_WRITE) | (1 << MARKED_READ) | (1 << MARKED_WRITE) | (1 << UPDATE),
  1 << PLAIN_WRITE,
  (1 << PLAIN_READ) | (1 << PLAIN_WRITE),
  (1 << PLAIN_READ) | (1 << PLAIN_WRITE),
  0,
];

/** What an entry of the hash is. */
const TOUCHED = 1;
const RELEASED = 2;
const HEARD = 3;
const MISSED = 4;
const OVERLOOKED = 5;

/** A store of the host. */
const HOST_STORE: RaceAccess = { cpu: HOST, write: true, update: false, plain: false, place: 0 };

/** Clocks start again before they reach this. */
const HIGHEST = 2 ** 31;

/** What a net is made for. */
export interface NetOptions {
  readonly cpus: number;
  readonly view: MemoryView;
  /** The first bytes of memory, to look at. Accesses behind them are not looked at. */
  readonly bytes: number;
  readonly places: RacePlaces;
  /** Names the object around an address. */
  readonly objectAt: (at: number) => string;
  /** True: memory does not hold the newest values, as in a weak memory model. */
  readonly isLate?: boolean;
  /** Words to which the host stores at any time, by their offset. */
  readonly hostWords?: ReadonlySet<number>;
}

export class RaceNet {
  readonly #pairs: RacePairs;
  readonly #options: NetOptions;
  /** The observer by which it sees a machine: while the machine has this one, nobody else looks on. */
  observer: Observer | undefined;
  readonly #cpus: number;
  readonly #end: number;
  /** Words of shadow for each word of memory: kinds × CPUs. */
  readonly #stride: number;
  /** By word, kind and CPU: the CPU's clock at its last access. */
  readonly #clocks: Uint32Array;
  /** The same: the place of that access. */
  readonly #places: Uint16Array;
  /** By word: the clock that the last release has left, one number for each CPU, behind the number of the execution. */
  readonly #released: Uint32Array;
  /** Vector clocks, by CPU: what it has seen; what it had seen at its last write fence; what its loads have found. */
  readonly #seen: Uint32Array;
  readonly #fenced: Uint32Array;
  readonly #found: Uint32Array;
  /** The same: what came before a full fence of which it has heard. */
  readonly #strong: Uint32Array;
  /** By word: what came before the full fences of which its stores have heard; as #released. */
  readonly #heard: Uint32Array;
  /** All vector clocks. */
  readonly #clockSets: readonly Uint32Array[];
  /** What its tables had before, since the first mark of this execution. */
  readonly #trail: NetTrail;
  #base = 0;
  /** Accesses through hooks so far, and how many there were when this execution began. */
  #step = 0;
  #since = 0;
  /** By word: the last read-modify-write, and the last marked store over it; by word and CPU: its last look. By their numbers. */
  readonly #updated: Uint32Array;
  readonly #stored: Uint32Array;
  readonly #looked: Uint32Array;
  /** Whether it keeps a hash of what the tables say of this execution, and that: a sum over their entries. */
  prints = false;
  readonly #sum = { a: 0, b: 0 };
  readonly #part = new Print();
  readonly #marked: number[] = [];

  constructor(options: NetOptions) {
    const { cpus, bytes, objectAt } = options;
    this.#options = options;
    this.#pairs = new RacePairs(objectAt);
    const words = (bytes + 3) >>> 2;
    this.#cpus = cpus;
    this.#end = words * 4;
    this.#stride = KINDS * cpus;
    this.#clocks = new Uint32Array(words * this.#stride);
    this.#places = new Uint16Array(words * this.#stride);
    this.#released = new Uint32Array(words * (cpus + 1));
    this.#updated = new Uint32Array(words);
    this.#stored = new Uint32Array(words);
    this.#looked = new Uint32Array(words * cpus);
    this.#seen = new Uint32Array(cpus * cpus);
    this.#fenced = new Uint32Array(cpus * cpus);
    this.#found = new Uint32Array(cpus * cpus);
    this.#strong = new Uint32Array(cpus * cpus);
    this.#heard = new Uint32Array(words * (cpus + 1));
    this.#clockSets = [this.#seen, this.#fenced, this.#found, this.#strong];
    const tables = [this.#clocks, this.#places, this.#released, this.#heard] as const;
    this.#trail = new NetTrail(cpus + 1, ...tables, this.#updated, this.#stored, this.#looked);
    this.begin();
  }

  /** A new execution begins. */
  begin(): void {
    let highest = this.#base;
    for (let cpu = 0; cpu < this.#cpus; cpu++) highest = Math.max(highest, this.#own(cpu));
    if (highest > HIGHEST) {
      this.#clocks.fill(0);
      this.#released.fill(0);
      this.#heard.fill(0);
      highest = 0;
    }
    this.#trail.clear();
    this.#sum.a = this.#sum.b = 0;
    if (this.#step > HIGHEST) {
      this.#updated.fill(0);
      this.#stored.fill(0);
      this.#looked.fill(0);
      this.#step = 0;
    }
    this.#since = this.#step;
    this.#base = highest + 1;
    this.#seen.fill(this.#base);
    this.#fenced.fill(this.#base);
    this.#found.fill(this.#base);
    this.#strong.fill(this.#base);
    for (let cpu = 0; cpu < this.#cpus; cpu++) this.#tick(cpu);
  }

  /**
   * The execution has ended. `keep` is false when it showed that more words are contended: what was done to them
   * before, locks included, nobody saw.
   */
  end(keep: boolean): void {
    this.#pairs.end(keep);
  }

  /** Notes the state in the middle of an execution, by numbers from 0 on: `back` goes back there, as often as you like. */
  mark(number: number): void {
    this.#trail.mark(number, this.#clockSets);
    this.#pairs.mark(number);
    this.#marked[2 * number] = this.#sum.a;
    this.#marked[2 * number + 1] = this.#sum.b;
  }

  /** Goes back to a mark of this execution. The marks with higher numbers are gone. */
  back(number: number): void {
    this.#trail.back(number, this.#clockSets);
    this.#pairs.back(number);
    this.#sum.a = this.#marked[2 * number] as number;
    this.#sum.b = this.#marked[2 * number + 1] as number;
  }

  /** Forgets the races that it has found. */
  forget(): void {
    this.#pairs.forget();
  }

  /** Number of different races. */
  get size(): number {
    return this.#pairs.size;
  }

  /** The races of all executions, the most frequent first. */
  races(): readonly Race[] {
    return this.#pairs.all().map((pair) => describeRace(pair, this.#options.places));
  }

  /** A CPU is about to make an access through a hook. */
  hooked(cpu: number, access: Access): void {
    // The host CPU runs while all others stand still: before them, or after them.
    if (cpu >= this.#cpus) return;
    const { hook, place, at } = access;
    const { kind, bits } = hook;
    // An exchange that finds another value than expected is a look without an order.
    const fails = this.#fails(access);
    const order = fails ? "once" : hook.order;
    const full = order === "full";
    if (kind === "fence") {
      if (order !== "write") this.#join(this.#seen, cpu, this.#found, cpu * this.#cpus);
      if (order !== "read") this.#copy(this.#fenced, cpu, this.#seen);
      if (order === "full") this.#copy(this.#strong, cpu, this.#seen);
      // What this CPU does from here on comes behind the fence.
      if (order !== "read") this.#tick(cpu);
      return;
    }
    if (at >= this.#end) return;
    const word = at >>> 2;
    if (kind === "wait") {
      // A wait ends when the word is seen to differ: a look without an order.
      this.#collect(this.#found, cpu, this.#released, word);
      this.#collect(this.#strong, cpu, this.#heard, word);
      return;
    }
    const stores = kind !== "load" && !fails;
    const loads = kind !== "store";
    const step = ++this.#step;
    const misses = stores && this.#hasMissed(loads ? this.#stored : this.#updated, word, cpu);
    // What its own word says orders an exchange that depends on it. A lock's word does not: who waits marks it at any time.
    const depends = kind === "cas" || kind === "get";
    if (misses && loads && !depends) this.#lost(OVER, cpu, word, place);
    if (loads) {
      this.#look(cpu, word, step);
      const acquires = full || order === "acquire" || order === "dereference";
      this.#collect(this.#found, cpu, this.#released, word);
      this.#collect(this.#strong, cpu, this.#heard, word);
      if (acquires) {
        this.#collect(this.#seen, cpu, this.#released, word);
        this.#join(this.#seen, cpu, this.#strong, cpu * this.#cpus);
      }
      if (full) this.#join(this.#seen, cpu, this.#found, cpu * this.#cpus);
    }
    for (let i = 0; i < bits / 32; i++) {
      this.#touch(cpu, word + i, stores ? (loads ? UPDATE : MARKED_WRITE) : MARKED_READ, place);
    }
    if (!stores) return;
    if (misses && (!loads || depends)) this.#lost(loads ? OVER : UPDATE, cpu, word, place);
    if (loads) this.#change(this.#updated, word, step);
    else if (order === "once" && this.#isInUse(access)) {
      this.#touch(cpu, word, OVER, place);
      this.#change(this.#stored, word, step);
    }
    const releases = full || order === "release" || order === "assign";
    if (full) {
      this.#copy(this.#fenced, cpu, this.#seen);
      this.#copy(this.#strong, cpu, this.#seen);
    }
    // A store that does not look at the word ends what was handed on with it.
    if (!loads) {
      this.#trail.keepWord(this.#released, word);
      if (this.prints) this.#countWord(this.#released, word, -1);
      this.#released[word * (this.#cpus + 1)] = 0;
    }
    this.#leave(releases ? this.#seen : this.#fenced, cpu, this.#released, word);
    this.#leave(this.#strong, cpu, this.#heard, word);
    // What this CPU does from here on comes after what it handed on.
    if (releases) this.#tick(cpu);
  }

  /** True for a conditional access that changes nothing now. */
  #fails({ hook, at, value, expected }: Access): boolean {
    const { view } = this.#options;
    switch (hook.kind) {
      case "cas":
        return (hook.bits === 64 ? view.u64(at) : view.u32(at)) !== expected;
      case "trylock":
        return (view.u32(at) & (expected as number)) !== 0;
      case "get":
        return view.u32(at) === 0 || view.u32(at) >= (value as number);
      default:
        return false;
    }
  }

  /** A CPU is about to make a plain access. */
  plain(cpu: number, write: boolean, at: number, bytes: number, place: number): void {
    if (at >= this.#end || bytes === 0) return;
    const kind = write ? PLAIN_WRITE : PLAIN_READ;
    const last = Math.min(at + bytes - 1, this.#end - 1) >>> 2;
    for (let word = at >>> 2; word <= last; word++) this.#touch(cpu, word, kind, place);
    if (this.#options.hostWords?.has(at)) this.#race(HOST_STORE, sideOf(cpu, kind, place), at >>> 2);
  }

  /** Compares an access with those of the other CPUs to the word, and notes it. */
  #touch(cpu: number, word: number, kind: number, place: number): void {
    const clocks = this.#clocks;
    const cpus = this.#cpus;
    const shadow = word * this.#stride;
    const own = shadow + kind * cpus + cpu;
    const now = this.#seen[cpu * cpus + cpu] as number;
    // Between two such accesses in one step of the clock, another CPU's access has met the first one already. A plain
    // store stands for a load as well.
    if (clocks[own] === now) return;
    if (kind === PLAIN_READ && clocks[own + cpus] === now) return;
    const conflicts = CONFLICTS[kind] as number;
    for (let other = 0; other < KINDS; other++) {
      if ((conflicts & (1 << other)) === 0) continue;
      const base = shadow + other * cpus;
      for (let by = 0; by < cpus; by++) {
        if ((clocks[base + by] as number) > (this.#seen[cpu * cpus + by] as number) && by !== cpu) {
          this.#race(sideOf(by, other, this.#places[base + by] as number), sideOf(cpu, kind, place), word);
        }
      }
    }
    this.#trail.keepAccess(own);
    if (this.prints) {
      this.#countAccess(own, -1);
      clocks[own] = now;
      this.#countAccess(own, 1);
    } else clocks[own] = now;
    this.#places[own] = place;
  }

  /** Whether a word that a CPU is about to store to holds something. Where memory is late nobody knows. */
  #isInUse({ hook, at }: Access): boolean {
    const { view, isLate } = this.#options;
    return isLate !== true && (view.u32(at) !== 0 || (hook.bits === 64 && view.u32(at + 4) !== 0));
  }

  /** A CPU looks at a word. */
  #look(cpu: number, word: number, step: number): void {
    const at = word * this.#cpus + cpu;
    if (this.prints) this.#countMissed(word, cpu, -1);
    this.#trail.keepNumber(this.#looked, at);
    this.#looked[at] = step;
  }

  /** A word changes: by a read-modify-write, or by a store over it. */
  #change(changes: Uint32Array, word: number, step: number): void {
    const cpus = this.#cpus;
    this.#trail.keepNumber(changes, word);
    if (this.prints) for (let cpu = 0; cpu < cpus; cpu++) this.#countMissed(word, cpu, -1);
    changes[word] = step;
    if (this.prints) for (let cpu = 0; cpu < cpus; cpu++) this.#countMissed(word, cpu, 1);
  }

  /** Whether the word was changed so in this execution, after a CPU's last look. */
  #hasMissed(changes: Uint32Array, word: number, cpu: number): boolean {
    const changed = changes[word] as number;
    return changed > this.#since && changed > (this.#looked[word * this.#cpus + cpu] as number);
  }

  /** Adds what a CPU has missed of a word to the sum, or takes it away. */
  #countMissed(word: number, cpu: number, times: number): void {
    const at = word * this.#cpus + cpu;
    if (this.#hasMissed(this.#updated, word, cpu)) this.#count(MISSED, at, 0, times);
    if (this.#hasMissed(this.#stored, word, cpu)) this.#count(OVERLOOKED, at, 0, times);
  }

  /** Appends a hash of all that it knows of this execution. Only while it keeps one. */
  print(into: Print): void {
    const { a, b } = this.#sum;
    into.putPrint(a, b);
    for (const clocks of this.#clockSets) for (const clock of clocks) into.put(clock - this.#base);
  }

  /** Adds a number of a table to the sum, or takes it away. */
  #count(table: number, at: number, value: number, times: number): void {
    const { a, b } = this.#part.begin(table).put(at).put(value);
    this.#sum.a = (this.#sum.a + times * a) | 0;
    this.#sum.b = (this.#sum.b + times * b) | 0;
  }

  /** The same for an access, or a word of a table, if it is of this execution. */
  #countAccess(at: number, times: number): void {
    const clock = this.#clocks[at] as number;
    if (clock >= this.#base) this.#count(TOUCHED, at, clock - this.#base, times);
  }

  #countWord(words: Uint32Array, word: number, times: number): void {
    const at = word * (this.#cpus + 1);
    if (words[at] !== this.#base) return;
    const table = words === this.#released ? RELEASED : HEARD;
    for (let i = 1; i <= this.#cpus; i++)
      this.#count(table, at + i, (words[at + i] as number) - this.#base, times);
  }

  /** A CPU changes a word, and has missed a change of the other kind. If nothing orders the two, an update may be lost. */
  #lost(kind: number, cpu: number, word: number, place: number): void {
    const base = word * this.#stride + kind * this.#cpus;
    for (let by = 0; by < this.#cpus; by++) {
      const clock = this.#clocks[base + by] as number;
      if (clock <= (this.#seen[cpu * this.#cpus + by] as number) || by === cpu) continue;
      const other = sideOf(by, kind, this.#places[base + by] as number);
      // The finding names the update first, because the store overwrites it.
      if (kind === UPDATE) this.#race(other, sideOf(cpu, MARKED_WRITE, place), word);
      else this.#race(sideOf(cpu, UPDATE, place), other, word);
    }
  }

  #race(first: RaceAccess, second: RaceAccess, word: number): void {
    this.#pairs.note(first, second, word * 4);
  }

  #own(cpu: number): number {
    return this.#seen[cpu * this.#cpus + cpu] as number;
  }

  #tick(cpu: number): void {
    this.#seen[cpu * this.#cpus + cpu] = this.#own(cpu) + 1;
  }

  /** A CPU's clock takes over what a word holds. */
  #collect(clocks: Uint32Array, cpu: number, words: Uint32Array, word: number): void {
    const at = word * (this.#cpus + 1);
    if (words[at] === this.#base) this.#join(clocks, cpu, words, at + 1);
  }

  /** A word takes over a CPU's clock, besides what it holds in this execution. */
  #leave(clocks: Uint32Array, cpu: number, words: Uint32Array, word: number): void {
    this.#trail.keepWord(words, word);
    if (this.prints) this.#countWord(words, word, -1);
    const at = word * (this.#cpus + 1);
    const holds = words[at] === this.#base;
    for (let i = 0; i < this.#cpus; i++) {
      const clock = clocks[cpu * this.#cpus + i] as number;
      const held = holds ? (words[at + 1 + i] as number) : 0;
      words[at + 1 + i] = Math.max(clock, held);
    }
    words[at] = this.#base;
    if (this.prints) this.#countWord(words, word, 1);
  }

  #join(clocks: Uint32Array, cpu: number, others: Uint32Array, from: number): void {
    const base = cpu * this.#cpus;
    for (let i = 0; i < this.#cpus; i++) {
      const other = others[from + i] as number;
      if (other > (clocks[base + i] as number)) clocks[base + i] = other;
    }
  }

  #copy(to: Uint32Array, cpu: number, from: Uint32Array): void {
    const base = cpu * this.#cpus;
    for (let i = base; i < base + this.#cpus; i++) to[i] = from[i] as number;
  }
}

function sideOf(cpu: number, kind: number, place: number): RaceAccess {
  return {
    cpu,
    write: kind !== PLAIN_READ && kind !== MARKED_READ,
    update: kind === UPDATE,
    plain: kind === PLAIN_READ || kind === PLAIN_WRITE,
    place,
  };
}
