/**
 * The machines with store buffers: `tso` (x86) and `pso` (SPARC). What a CPU stores lands in memory later, and until
 * then only this CPU sees it. With `tso` its stores land in their order. With `pso` only stores to one word do, those
 * on both sides of a write fence, and what comes before a release.
 *
 * **Memory runs ahead.** The interface wants the newest value in memory, at once. So a store goes to memory when it is
 * made, and this file keeps what memory would hold without the stores that have not landed. We could keep those back
 * instead, and give only their owner his own value. But then every plain access would have to ask us, those of the
 * checks too, which look at memory directly. This way a plain access is right without us whenever a lock or a release
 * orders it: what it may see has landed, and memory has it.
 *
 * **Landing is lazy.** A store that nobody else can tell from one that waits, waits. It lands when somebody may notice:
 * a CPU loads or changes the word, or a fence or a read-modify-write of its owner lets no store wait. At that moment
 * the strategy chooses. Choice 0 is always the order in which the stores were made, with all of them seen: sequential
 * consistency. The other choices are those of the machine: a load sees less than all stores, or two CPUs' stores to a
 * word land the other way round. Each is one deviation, however long the store waited.
 *
 * A read-modify-write performs in memory at once, and what follows in its CPU waits for it. Before it, all stores of its
 * CPU land; with `pso` and an order of acquire, only those to the word. One that changes nothing is a load. To give a
 * spin lock back is a store, as on x86. Other locks are given back by read-modify-writes.
 */

import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";
import { combine } from "./combine.js";
import type { Choose, MemoryModel, ModelFactory, Witness } from "./model.js";

/** A store that has not landed. */
interface Waiting {
  readonly cpu: number;
  /** Stores are numbered in the order in which they are made, those of all CPUs together. */
  readonly number: number;
  /** The owner's stores up to this number land first. */
  readonly behind: number;
  /** Number of its word, and the bits that it stores there. */
  readonly word: number;
  readonly mask: number;
  readonly value: number;
  /** The same for the next word; the mask is 0 when the store has one word. */
  readonly nextMask: number;
  readonly nextValue: number;
  /** It is about to land, or has: nothing lands before it for its own sake. */
  state: "waits" | "lands" | "landed";
}

/** Stops looking for stores that may land now. */
const STOP = undefined;
const ALL = 0xffff_ffff;
const MOST = 9;

class StoreBuffers implements MemoryModel {
  readonly name: string;
  /** Stores of a CPU land in their order. */
  readonly #ordered: boolean;
  readonly #view: MemoryView;
  readonly #choose: Choose;
  /** By CPU, in the order of their numbers. */
  readonly #waiting: Waiting[][] = Array.from({ length: MOST }, () => []);
  /** By CPU: the number of its last store before its last write fence. */
  readonly #fenced: number[] = new Array(MOST).fill(0);
  /** By word: the CPUs whose stores wait, as bits. */
  readonly #who: Uint16Array;
  /** By word for which stores wait: what has landed. */
  readonly #landed: Uint32Array;
  /** Locks whose release is a store. */
  readonly #spins = new Set<number>();
  #number = 0;
  /** True while nobody is asked: stores land in the order in which they were made. */
  #quiet = false;
  witness: Witness | undefined;
  /** By word, for the witness: the store that landed last. 0: what memory held before. */
  readonly #lastLanded = new Map<number, number>();

  constructor(name: string, ordered: boolean, view: MemoryView, choose: Choose) {
    this.name = name;
    this.#ordered = ordered;
    this.#view = view;
    this.#choose = choose;
    this.#who = new Uint16Array((view.bytes >>> 2) + 1);
    this.#landed = new Uint32Array((view.bytes >>> 2) + 1);
  }

  load(cpu: number, { hook, at }: Access): Value {
    const words = hook.bits === 64 ? 2 : 1;
    this.#look(cpu, at >>> 2, words, true);
    this.#tellRead(cpu, at >>> 2, words);
    return this.#seen(cpu, at, words);
  }

  store(cpu: number, { hook, at, value }: Access): void {
    const releases = hook.order === "release" || hook.order === "assign";
    this.#keep(cpu, at, hook.bits, value, releases);
  }

  rmw(cpu: number, access: Access): Value {
    const { hook, at, value } = access;
    const words = hook.bits === 64 ? 2 : 1;
    this.#drainFor(cpu, access);
    this.#look(cpu, at >>> 2, words);
    this.#tellRead(cpu, at >>> 2, words);
    const old = this.#seen(cpu, at, words);
    this.#perform(at, hook.bits, combine(hook.kind, old, value));
    return old;
  }

  cas(cpu: number, access: Access): Value {
    const { expected, value } = access;
    return this.#changeIf(cpu, access, (old) => (old === expected ? value : undefined)).old;
  }

  lock(cpu: number, access: Access): void {
    const { at, value, expected } = access;
    const isFree = (old: number) => (old & (expected as number)) === 0;
    this.#noteLock(access);
    this.#drainFor(cpu, access);
    // It waits until it is free: only then is there a choice to take it before another store lands.
    for (;;) {
      const next = this.#first(at >>> 2, 1);
      if (next === undefined) break;
      if (isFree(this.#landed[at >>> 2] as number) && this.#choose(2) === 1) break;
      this.#land(next);
    }
    this.#tellRead(cpu, at >>> 2, 1);
    this.#perform(at, 32, ((this.#seen(cpu, at, 1) as number) + (value as number)) >>> 0);
  }

  trylock(cpu: number, access: Access): Value {
    const { value, expected } = access;
    this.#noteLock(access);
    const change = (old: Value) =>
      ((old as number) & (expected as number)) === 0
        ? ((old as number) + (value as number)) >>> 0
        : undefined;
    return this.#changeIf(cpu, access, change).changed ? 1 : 0;
  }

  get(cpu: number, access: Access): Value {
    const limit = access.value as number;
    const change = (old: Value) => (old !== 0 && (old as number) < limit ? (old as number) + 1 : undefined);
    return this.#changeIf(cpu, access, change).changed ? 1 : 0;
  }

  unlock(cpu: number, access: Access): Value {
    const { hook, at, value } = access;
    const old = this.#view.u32(at);
    if (hook.kind === "unlock" && this.#spins.has(at)) {
      this.#keep(cpu, at, 32, (old - (value as number)) >>> 0, true);
      return old;
    }
    this.#drainFor(cpu, access);
    this.#look(cpu, at >>> 2, 1);
    this.#tellRead(cpu, at >>> 2, 1);
    const seen = this.#seen(cpu, at, 1) as number;
    this.#perform(at, 32, (seen - (value as number)) >>> 0);
    return seen;
  }

  fence(cpu: number, { hook }: Access): void {
    if (hook.order === "full") this.#drain(cpu);
    else if (hook.order === "write") this.#fenced[cpu] = this.#number;
  }

  ready(_cpu: number, { hook, at, value, expected }: Access): boolean {
    if (hook.kind === "lock") return (this.#view.u32(at) & (expected as number)) === 0;
    return hook.kind !== "wait" || this.#view.u32(at) !== value;
  }

  looks(_cpu: number, { hook, at, value, expected }: Access): boolean {
    const newest = hook.bits === 64 ? this.#view.u64(at) : this.#view.u32(at);
    switch (hook.kind) {
      case "cas":
        return newest !== expected;
      case "trylock":
        return ((newest as number) & (expected as number)) !== 0;
      case "get":
        return newest === 0 || newest >= value;
      default:
        return false;
    }
  }

  wait(cpu: number, { at, value }: Access): void {
    while (this.#seen(cpu, at, 1) === value) {
      const next = this.#first(at >>> 2, 1);
      if (next === undefined) break;
      this.#land(next);
    }
    this.#tellRead(cpu, at >>> 2, 1);
  }

  plainLoad(cpu: number, at: number, bytes: number): Value | undefined {
    const word = at >>> 2;
    const words = (at & 3) + bytes > 4 ? 2 : 1;
    if ((this.#whoIn(word, words) & ~(1 << cpu)) !== 0) this.#look(cpu, word, words, true);
    else if (this.witness === undefined) return undefined;
    this.#tellRead(cpu, word, words);
    const low = this.#seenWord(cpu, word);
    if (words === 2) {
      const high = this.#seenWord(cpu, word + 1);
      if (low === this.#view.u32(word * 4) && high === this.#view.u32(word * 4 + 4)) return undefined;
      return (BigInt(high) << 32n) | BigInt(low);
    }
    return low === this.#view.u32(word * 4) ? undefined : low >>> ((at & 3) * 8);
  }

  plainStore(cpu: number, at: number, bytes: number, low: number, high: number): void {
    const word = at >>> 2;
    if (bytes === 8) {
      this.#put(cpu, word, ALL, low, ALL, high, false);
      return;
    }
    const shift = (at & 3) * 8;
    const mask = bytes >= 4 ? ALL : ((2 ** (bytes * 8) - 1) << shift) >>> 0;
    this.#put(cpu, word, mask, ((low << shift) & mask) >>> 0, 0, 0, false);
  }

  forget(at: number, bytes: number): void {
    this.#landAll(at >>> 2, (at & 3) + bytes > 4 ? 2 : 1);
  }

  pass(cpu: number, access: Access): void {
    const { hook, at } = access;
    if (hook.kind === "lock" || hook.kind === "trylock") this.#noteLock(access);
    // A store to a word at which nobody looks may wait for ever.
    if (hook.kind === "unlock" && this.#spins.has(at)) return;
    this.#drainFor(cpu, access);
  }

  settle(): void {
    for (let next = this.#firstOfAll(); next !== undefined; next = this.#firstOfAll()) this.#land(next);
  }

  save(): void {
    this.restore();
  }

  restore(): void {
    for (const waiting of this.#waiting) {
      for (const { word } of waiting) {
        this.#who[word] = 0;
        this.#who[word + 1] = 0;
      }
      waiting.length = 0;
    }
    this.#fenced.fill(0);
    this.#lastLanded.clear();
    this.#spins.clear();
    this.#number = 0;
  }

  // ---- Stores that wait -----------------------------------------------------------------------

  /** A marked store: it waits, and memory has it. */
  #keep(cpu: number, at: number, bits: number, value: Value, releases: boolean): void {
    if (bits === 64) {
      const [low, high] = halves(value as bigint);
      this.#put(cpu, at >>> 2, ALL, low, ALL, high, releases);
      this.#view.setU64(at, value as bigint);
    } else {
      this.#put(cpu, at >>> 2, ALL, value as number, 0, 0, releases);
      this.#view.setU32(at, value as number);
    }
  }

  /** A store begins to wait. Memory does not have it yet. */
  #put(
    cpu: number,
    word: number,
    mask: number,
    value: number,
    nextMask: number,
    nextValue: number,
    releases: boolean,
  ): void {
    const number = ++this.#number;
    const behind = this.#ordered || releases ? number - 1 : (this.#fenced[cpu] as number);
    const store: Waiting = { cpu, number, behind, word, mask, value, nextMask, nextValue, state: "waits" };
    this.#enter(word, cpu);
    if (nextMask !== 0) this.#enter(word + 1, cpu);
    this.witness?.stores(word, number);
    if (nextMask !== 0) this.witness?.stores(word + 1, number);
    (this.#waiting[cpu] as Waiting[]).push(store);
  }

  #enter(word: number, cpu: number): void {
    const who = this.#who[word] as number;
    if (who === 0) this.#landed[word] = this.#view.u32(word * 4);
    this.#who[word] = who | (1 << cpu);
  }

  /** CPUs whose stores to one of the words wait. */
  #whoIn(word: number, words: number): number {
    const who = this.#who[word] as number;
    return words === 1 ? who : who | (this.#who[word + 1] as number);
  }

  /** The first store of a CPU to one of the words. */
  #firstOf(cpu: number, word: number, words: number): Waiting | undefined {
    return (this.#waiting[cpu] as Waiting[]).find((store) => touches(store, word, words));
  }

  /** The first store of all CPUs to one of the words. */
  #first(word: number, words: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (let who = this.#whoIn(word, words); who !== 0; who &= who - 1) {
      const store = this.#firstOf(31 - Math.clz32(who & -who), word, words);
      if (store !== undefined && (first === undefined || store.number < first.number)) first = store;
    }
    return first;
  }

  #firstOfAll(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const [store] of this.#waiting)
      if (store !== undefined && (first === undefined || store.number < first.number)) first = store;
    return first;
  }

  // ---- What a CPU sees ------------------------------------------------------------------------

  /** A word as a CPU sees it: what has landed, and its own stores. */
  #seenWord(cpu: number, word: number): number {
    const who = this.#who[word] as number;
    if (who === 0 || who === 1 << cpu) return this.#view.u32(word * 4);
    let value = this.#landed[word] as number;
    if ((who & (1 << cpu)) !== 0)
      for (const store of this.#waiting[cpu] as Waiting[]) value = applied(store, word, value);
    return value;
  }

  #seen(cpu: number, at: number, words: number): Value {
    const low = this.#seenWord(cpu, at >>> 2);
    if (words === 1) return low;
    return (BigInt(this.#seenWord(cpu, (at >>> 2) + 1)) << 32n) | BigInt(low);
  }

  /** A CPU is about to look: lets land what it is to see. `only`: it will not store to the words then. */
  #look(cpu: number, word: number, words: number, only = false): void {
    const own = 1 << cpu;
    for (;;) {
      const others = this.#whoIn(word, words) & ~own;
      if (others === 0) return;
      const options = this.#heads(word, words, -1);
      const newest = this.#newestOwn(cpu, word, words);
      // By default it sees the store that was made last: when that is its own, nothing has to land.
      const goesOn = options.some(({ cpu: by }) => by !== cpu && this.#newestOwn(by, word, words) > newest);
      if (only && options.length === 1 && this.#isSame(options[0] as Waiting)) return;
      const chosen = this.#pick(options, goesOn ? 0 : -1);
      if (chosen === STOP) return;
      this.#land(chosen);
    }
  }

  /** Number of a CPU's last store to one of the words; 0: none waits. */
  #newestOwn(cpu: number, word: number, words: number): number {
    if ((this.#whoIn(word, words) & (1 << cpu)) === 0) return 0;
    return (this.#waiting[cpu] as Waiting[]).findLast((store) => touches(store, word, words))?.number ?? 0;
  }

  /** Whether a store changes nothing, and is the only one that waits for its words. */
  #isSame(store: Waiting): boolean {
    const { word, nextMask, cpu } = store;
    const words = nextMask === 0 ? 1 : 2;
    if (this.#whoIn(word, words) !== 1 << cpu) return false;
    for (let i = word; i < word + words; i++)
      if ((this.#who[i] as number) !== 0 && this.#view.u32(i * 4) !== this.#landed[i]) return false;
    return this.#newestOwn(cpu, word, words) === store.number;
  }

  /** By CPU: its first store to one of the words, if it may land now. The first made comes first. */
  #heads(word: number, words: number, without: number): Waiting[] {
    const heads: Waiting[] = [];
    for (let who = this.#whoIn(word, words); who !== 0; who &= who - 1) {
      const cpu = 31 - Math.clz32(who & -who);
      const store = cpu === without ? undefined : this.#firstOf(cpu, word, words);
      if (store !== undefined && this.#mayLand(store)) heads.push(store);
    }
    return heads.sort((a, b) => a.number - b.number);
  }

  /** Whether no store that is landing has to wait for this one. */
  #mayLand(store: Waiting): boolean {
    return !(this.#waiting[store.cpu] as Waiting[]).some(
      (other) => other.state === "lands" && (other === store || this.#isBehind(store, other)),
    );
  }

  /** Whether a store lands only after another one of its CPU. */
  #isBehind(store: Waiting, first: Waiting): boolean {
    if (first.number >= store.number) return false;
    if (first.number <= store.behind || meets(store, first)) return true;
    return (this.#waiting[store.cpu] as Waiting[]).some(
      (between) =>
        between.number > first.number &&
        between.number < store.number &&
        (between.number <= store.behind || meets(store, between)) &&
        this.#isBehind(between, first),
    );
  }

  /** Asks which store lands now, or none. `usual` is the one that choice 0 stands for; -1: none. */
  #pick(options: readonly Waiting[], usual: number): Waiting | undefined {
    if (options.length === 0) return STOP;
    const choice = this.#quiet ? 0 : this.#choose(options.length + 1);
    if (usual < 0) return choice === 0 ? STOP : options[choice - 1];
    return choice === options.length ? STOP : options[choice];
  }

  // ---- Landing --------------------------------------------------------------------------------

  /** A store lands, and before it what has to. */
  #land(store: Waiting): void {
    const own = this.#waiting[store.cpu] as Waiting[];
    store.state = "lands";
    for (;;) {
      const first = own.find(
        (other) =>
          other.number < store.number &&
          other.state === "waits" &&
          (other.number <= store.behind || meets(store, other)),
      );
      if (first === undefined) break;
      this.#land(first);
    }
    const words = store.nextMask === 0 ? 1 : 2;
    const bit = 1 << store.cpu;
    while ((this.#whoIn(store.word, words) & ~bit) !== 0) {
      const options = this.#heads(store.word, words, store.cpu);
      const chosen = this.#pick(options, (options[0]?.number ?? Infinity) < store.number ? 0 : -1);
      if (chosen === STOP) break;
      this.#land(chosen);
    }
    store.state = "landed";
    own.splice(own.indexOf(store), 1);
    this.#tellLanded(store);
    for (let word = store.word; word < store.word + words; word++) {
      this.#landed[word] = applied(store, word, this.#landed[word] as number);
      if (!own.some((other) => touches(other, word, 1))) this.#who[word] = (this.#who[word] as number) & ~bit;
      this.#refresh(word);
    }
  }

  /** Memory has what it will hold when all stores to the word have landed in their order. */
  #refresh(word: number): void {
    const who = this.#who[word] as number;
    let value = this.#landed[word] as number;
    if (who !== 0) {
      const stores = this.#waiting.flat().filter((store) => touches(store, word, 1));
      for (const store of stores.sort((a, b) => a.number - b.number)) value = applied(store, word, value);
    }
    if (this.#view.u32(word * 4) !== value) this.#view.setU32(word * 4, value);
  }

  /** All stores to the words land, in the order in which they were made, and nobody chooses. */
  #landAll(word: number, words: number): void {
    this.#quiet = true;
    for (let next = this.#first(word, words); next !== undefined; next = this.#first(word, words))
      this.#land(next);
    this.#quiet = false;
  }

  /** All stores of a CPU land. */
  #drain(cpu: number): void {
    const waiting = this.#waiting[cpu] as Waiting[];
    const bit = 1 << cpu;
    if (waiting.every(({ word, nextMask }) => this.#whoIn(word, nextMask === 0 ? 1 : 2) === bit)) {
      // Nobody else stores to these words: memory has it all.
      if (this.witness !== undefined) for (const store of waiting) this.#tellLanded(store);
      for (const { word, nextMask } of waiting) {
        this.#who[word] = 0;
        if (nextMask !== 0) this.#who[word + 1] = 0;
      }
      waiting.length = 0;
      return;
    }
    for (let [next] = waiting; next !== undefined; [next] = waiting) this.#land(next);
  }

  /** Before a read-modify-write: the stores land for which it waits. */
  #drainFor(cpu: number, { hook, at }: Access): void {
    if (this.#ordered || hook.order === "full" || hook.order === "release") {
      this.#drain(cpu);
      return;
    }
    const words = hook.bits === 64 ? 2 : 1;
    const fenced = this.#fenced[cpu] as number;
    const waiting = this.#waiting[cpu] as Waiting[];
    for (;;) {
      const next = waiting.find((store) => store.number <= fenced || touches(store, at >>> 2, words));
      if (next === undefined) return;
      this.#land(next);
    }
  }

  /** A conditional read-modify-write. When it changes nothing, it was a load. */
  #changeIf(
    cpu: number,
    access: Access,
    change: (old: Value) => Value | undefined,
  ): { readonly old: Value; readonly changed: boolean } {
    const { hook, at } = access;
    const words = hook.bits === 64 ? 2 : 1;
    this.#look(cpu, at >>> 2, words);
    const seen = this.#seen(cpu, at, words);
    if (change(seen) === undefined) {
      this.#tellRead(cpu, at >>> 2, words);
      return { old: seen, changed: false };
    }
    this.#drainFor(cpu, access);
    this.#tellRead(cpu, at >>> 2, words);
    const old = this.#seen(cpu, at, words);
    const value = change(old);
    if (value !== undefined) this.#perform(at, hook.bits, value);
    return { old, changed: value !== undefined };
  }

  /** A read-modify-write stores: at once. What waits for the word lands later. */
  #perform(at: number, bits: number, value: Value): void {
    const word = at >>> 2;
    this.#tellPerformed(word, bits === 64 ? 2 : 1);
    if (bits === 64) {
      const [low, high] = halves(value as bigint);
      this.#performWord(word, low);
      this.#performWord(word + 1, high);
    } else this.#performWord(word, value as number);
  }

  #performWord(word: number, value: number): void {
    if (this.#who[word] === 0) {
      this.#view.setU32(word * 4, value);
      return;
    }
    this.#landed[word] = value;
    this.#refresh(word);
  }

  // ---- What the witness hears -----------------------------------------------------------------

  /** A CPU sees the words as they are for it now. */
  #tellRead(cpu: number, from: number, words: number): void {
    if (this.witness === undefined) return;
    for (let word = from; word < from + words; word++) {
      const own = this.#newestOwn(cpu, word, 1);
      this.witness.reads(word, own === 0 ? (this.#lastLanded.get(word) ?? 0) : own);
    }
  }

  #tellLanded({ word, nextMask, number }: Waiting): void {
    if (this.witness === undefined) return;
    for (let at = word; at <= (nextMask === 0 ? word : word + 1); at++) {
      this.witness.lands(at, number);
      this.#lastLanded.set(at, number);
    }
  }

  /** A read-modify-write has stored, and landed at once. */
  #tellPerformed(from: number, words: number): void {
    if (this.witness === undefined) return;
    const number = ++this.#number;
    for (let word = from; word < from + words; word++) {
      this.witness.stores(word, number);
      this.witness.lands(word, number);
      this.#lastLanded.set(word, number);
    }
  }

  #noteLock({ at, value, expected }: Access): void {
    if (value === 1 && expected === ALL) this.#spins.add(at);
    else this.#spins.delete(at);
  }
}

/** Whether a store goes to one of the words. */
function touches({ word, nextMask }: Waiting, from: number, words: number): boolean {
  return word < from + words && from <= (nextMask === 0 ? word : word + 1);
}

/** Whether two stores go to a common word. */
function meets(store: Waiting, other: Waiting): boolean {
  return touches(store, other.word, other.nextMask === 0 ? 1 : 2);
}

/** A word's value after a store, if it goes there. */
function applied({ word, mask, value, nextMask, nextValue }: Waiting, at: number, old: number): number {
  if (at === word) return ((old & ~mask) | value) >>> 0;
  if (at === word + 1 && nextMask !== 0) return ((old & ~nextMask) | nextValue) >>> 0;
  return old;
}

function halves(value: bigint): [low: number, high: number] {
  return [Number(value & 0xffff_ffffn), Number(value >> 32n)];
}

/** Makes memory behind store buffers that keep the order of stores. */
export const tso: ModelFactory = (view, choose) => new StoreBuffers("tso", true, view, choose);

/** Makes memory behind store buffers that keep the order of stores to one word. */
export const pso: ModelFactory = (view, choose) => new StoreBuffers("pso", false, view, choose);
