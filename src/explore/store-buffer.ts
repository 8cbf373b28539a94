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
import { SpinWords } from "./spin-words.js";
import { WaitingStores } from "./waiting.js";
import { ALL } from "./waiting-store.js";

class StoreBuffers implements MemoryModel {
  readonly name: string;
  /** Stores of a CPU land in their order. */
  readonly #ordered: boolean;
  readonly #view: MemoryView;
  readonly #choose: Choose;
  readonly #waiting: WaitingStores;
  /** Locks whose release is a store. */
  readonly #spins = new SpinWords();

  constructor(name: string, ordered: boolean, view: MemoryView, choose: Choose) {
    this.name = name;
    this.#ordered = ordered;
    this.#view = view;
    this.#choose = choose;
    this.#waiting = new WaitingStores(ordered, view, choose);
  }

  get witness(): Witness | undefined {
    return this.#waiting.witness;
  }

  set witness(witness: Witness | undefined) {
    this.#waiting.witness = witness;
  }

  load(cpu: number, { hook, at }: Access): Value {
    const words = hook.bits === 64 ? 2 : 1;
    this.#waiting.look(cpu, at >>> 2, words, true);
    this.#waiting.tellRead(cpu, at >>> 2, words);
    return this.#waiting.seen(cpu, at, words);
  }

  store(cpu: number, { hook, at, value }: Access): void {
    const releases = hook.order === "release" || hook.order === "assign";
    this.#keep(cpu, at, hook.bits, value, releases);
  }

  rmw(cpu: number, access: Access): Value {
    const { hook, at, value } = access;
    const words = hook.bits === 64 ? 2 : 1;
    this.#drainFor(cpu, access);
    this.#waiting.look(cpu, at >>> 2, words);
    this.#waiting.tellRead(cpu, at >>> 2, words);
    const old = this.#waiting.seen(cpu, at, words);
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
      const next = this.#waiting.first(at >>> 2, 1);
      if (next === undefined) break;
      if (isFree(this.#waiting.landed(at >>> 2)) && this.#choose(2) === 1) break;
      this.#waiting.land(next);
    }
    this.#waiting.tellRead(cpu, at >>> 2, 1);
    this.#perform(at, 32, ((this.#waiting.seen(cpu, at, 1) as number) + (value as number)) >>> 0);
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
    this.#waiting.look(cpu, at >>> 2, 1);
    this.#waiting.tellRead(cpu, at >>> 2, 1);
    const seen = this.#waiting.seen(cpu, at, 1) as number;
    this.#perform(at, 32, (seen - (value as number)) >>> 0);
    return seen;
  }

  fence(cpu: number, { hook }: Access): void {
    if (hook.order === "full") this.#waiting.drain(cpu);
    else if (hook.order === "write") this.#waiting.fence(cpu);
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
    while (this.#waiting.seen(cpu, at, 1) === value) {
      const next = this.#waiting.first(at >>> 2, 1);
      if (next === undefined) break;
      this.#waiting.land(next);
    }
    this.#waiting.tellRead(cpu, at >>> 2, 1);
  }

  plainLoad(cpu: number, at: number, bytes: number): Value | undefined {
    const word = at >>> 2;
    const words = (at & 3) + bytes > 4 ? 2 : 1;
    if ((this.#waiting.whoIn(word, words) & ~(1 << cpu)) !== 0) this.#waiting.look(cpu, word, words, true);
    else if (this.witness === undefined) return undefined;
    this.#waiting.tellRead(cpu, word, words);
    const low = this.#waiting.seenWord(cpu, word);
    if (words === 2) {
      const high = this.#waiting.seenWord(cpu, word + 1);
      if (low === this.#view.u32(word * 4) && high === this.#view.u32(word * 4 + 4)) return undefined;
      return (BigInt(high) << 32n) | BigInt(low);
    }
    return low === this.#view.u32(word * 4) ? undefined : low >>> ((at & 3) * 8);
  }

  plainStore(cpu: number, at: number, bytes: number, low: number, high: number): void {
    const word = at >>> 2;
    if (bytes === 8) {
      this.#waiting.put(cpu, word, ALL, low, ALL, high, false);
      return;
    }
    const shift = (at & 3) * 8;
    const mask = bytes >= 4 ? ALL : ((2 ** (bytes * 8) - 1) << shift) >>> 0;
    this.#waiting.put(cpu, word, mask, ((low << shift) & mask) >>> 0, 0, 0, false);
  }

  forget(at: number, bytes: number): void {
    this.#waiting.landAll(at >>> 2, (at & 3) + bytes > 4 ? 2 : 1);
  }

  pass(cpu: number, access: Access): void {
    const { hook, at } = access;
    if (hook.kind === "lock" || hook.kind === "trylock") this.#noteLock(access);
    // A store to a word at which nobody looks may wait for ever.
    if (hook.kind === "unlock" && this.#spins.has(at)) return;
    this.#drainFor(cpu, access);
  }

  settle(): void {
    this.#waiting.settle();
  }

  save(): void {
    this.restore();
  }

  restore(): void {
    this.#waiting.clear();
    this.#spins.clear();
  }

  mark(number: number): void {
    this.#waiting.mark(number);
    this.#spins.mark(number);
  }

  back(number: number): void {
    this.#waiting.back(number);
    this.#spins.back(number);
  }

  /** A marked store: it waits, and memory has it. */
  #keep(cpu: number, at: number, bits: number, value: Value, releases: boolean): void {
    if (bits === 64) {
      const [low, high] = halves(value as bigint);
      this.#waiting.put(cpu, at >>> 2, ALL, low, ALL, high, releases);
      this.#view.setU64(at, value as bigint);
    } else {
      this.#waiting.put(cpu, at >>> 2, ALL, value as number, 0, 0, releases);
      this.#view.setU32(at, value as number);
    }
  }

  /** Before a read-modify-write: the stores land for which it waits. */
  #drainFor(cpu: number, { hook, at }: Access): void {
    if (this.#ordered || hook.order === "full" || hook.order === "release") {
      this.#waiting.drain(cpu);
      return;
    }
    const words = hook.bits === 64 ? 2 : 1;
    this.#waiting.drainFenced(cpu, at >>> 2, words);
  }

  /** A conditional read-modify-write. When it changes nothing, it was a load. */
  #changeIf(
    cpu: number,
    access: Access,
    change: (old: Value) => Value | undefined,
  ): { readonly old: Value; readonly changed: boolean } {
    const { hook, at } = access;
    const words = hook.bits === 64 ? 2 : 1;
    this.#waiting.look(cpu, at >>> 2, words);
    const seen = this.#waiting.seen(cpu, at, words);
    if (change(seen) === undefined) {
      this.#waiting.tellRead(cpu, at >>> 2, words);
      return { old: seen, changed: false };
    }
    this.#drainFor(cpu, access);
    this.#waiting.tellRead(cpu, at >>> 2, words);
    const old = this.#waiting.seen(cpu, at, words);
    const value = change(old);
    if (value !== undefined) this.#perform(at, hook.bits, value);
    return { old, changed: value !== undefined };
  }

  /** A read-modify-write stores: at once. What waits for the word lands later. */
  #perform(at: number, bits: number, value: Value): void {
    const word = at >>> 2;
    this.#waiting.tellPerformed(word, bits === 64 ? 2 : 1);
    if (bits === 64) {
      const [low, high] = halves(value as bigint);
      this.#waiting.performWord(word, low);
      this.#waiting.performWord(word + 1, high);
    } else this.#waiting.performWord(word, value as number);
  }

  #noteLock({ at, value, expected }: Access): void {
    this.#spins.note(at, value === 1 && expected === ALL);
  }
}

function halves(value: bigint): [low: number, high: number] {
  return [Number(value & 0xffff_ffffn), Number(value >> 32n)];
}

/** Makes memory behind store buffers that keep the order of stores. */
export const tso: ModelFactory = (view, choose) => new StoreBuffers("tso", true, view, choose);

/** Makes memory behind store buffers that keep the order of stores to one word. */
export const pso: ModelFactory = (view, choose) => new StoreBuffers("pso", false, view, choose);
