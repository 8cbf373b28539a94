/**
 * The stores of all CPUs that have not landed, and what memory holds without them: see store-buffer.ts. Memory itself has
 * them all.
 */

import type { MemoryView } from "../wasm/memory.js";
import type { Value } from "./access.js";
import type { Choose, Witness } from "./model.js";
import { WaitingMarks } from "./waiting-marks.js";
import { applied, meets, touches, type Waiting } from "./waiting-store.js";

/** Stops looking for stores that may land now. */
const STOP = undefined;
/** The most CPUs, the host's among them. */
const MOST = 9;

/** The waiting stores of one machine. A memory model puts stores in, and says when a CPU looks or waits for its own. */
export class WaitingStores {
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
  #number = 0;
  /** True while nobody is asked: stores land in the order in which they were made. */
  #quiet = false;
  witness: Witness | undefined;
  /** By word, for the witness: the store that landed last. 0: what memory held before. */
  readonly #lastLanded = new Map<number, number>();
  readonly #marks: WaitingMarks;

  constructor(ordered: boolean, view: MemoryView, choose: Choose) {
    this.#ordered = ordered;
    this.#view = view;
    this.#choose = choose;
    this.#who = new Uint16Array((view.bytes >>> 2) + 1);
    this.#landed = new Uint32Array((view.bytes >>> 2) + 1);
    const [waiting, fenced, who, landed] = [this.#waiting, this.#fenced, this.#who, this.#landed];
    this.#marks = new WaitingMarks({ view, waiting, fenced, who, landed });
  }

  /** Forgets them all: memory was restored. */
  clear(): void {
    for (const waiting of this.#waiting) {
      for (const { word } of waiting) {
        this.#who[word] = 0;
        this.#who[word + 1] = 0;
      }
      waiting.length = 0;
    }
    this.#fenced.fill(0);
    this.#lastLanded.clear();
    this.#number = 0;
  }

  /** Notes the state in the middle of an execution, by numbers from 0 on; and back. Without a witness. */
  mark(number: number): void {
    this.#marks.mark(number, this.#number);
  }

  back(number: number): void {
    this.clear();
    this.#number = this.#marks.back(number);
  }

  /** A write fence: what the CPU stores from here on lands behind what it has stored. */
  fence(cpu: number): void {
    this.#fenced[cpu] = this.#number;
  }

  /** Every store lands. */
  settle(): void {
    for (let next = this.#firstOfAll(); next !== undefined; next = this.#firstOfAll()) this.land(next);
  }

  /** A store begins to wait. Memory does not have it yet. */
  put(
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

  /** What has landed in a word for which stores wait. */
  landed(word: number): number {
    return this.#landed[word] as number;
  }

  /** CPUs whose stores to one of the words wait. */
  whoIn(word: number, words: number): number {
    const who = this.#who[word] as number;
    return words === 1 ? who : who | (this.#who[word + 1] as number);
  }

  /** The first store of a CPU to one of the words. */
  #firstOf(cpu: number, word: number, words: number): Waiting | undefined {
    return (this.#waiting[cpu] as Waiting[]).find((store) => touches(store, word, words));
  }

  /** The first store of all CPUs to one of the words. */
  first(word: number, words: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (let who = this.whoIn(word, words); who !== 0; who &= who - 1) {
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
  seenWord(cpu: number, word: number): number {
    const who = this.#who[word] as number;
    if (who === 0 || who === 1 << cpu) return this.#view.u32(word * 4);
    let value = this.#landed[word] as number;
    if ((who & (1 << cpu)) !== 0)
      for (const store of this.#waiting[cpu] as Waiting[]) value = applied(store, word, value);
    return value;
  }

  seen(cpu: number, at: number, words: number): Value {
    const low = this.seenWord(cpu, at >>> 2);
    if (words === 1) return low;
    return (BigInt(this.seenWord(cpu, (at >>> 2) + 1)) << 32n) | BigInt(low);
  }

  /** A CPU is about to look: lets land what it is to see. `only`: it will not store to the words then. */
  look(cpu: number, word: number, words: number, only = false): void {
    const own = 1 << cpu;
    for (;;) {
      const others = this.whoIn(word, words) & ~own;
      if (others === 0) return;
      const options = this.#heads(word, words, -1);
      const newest = this.#newestOwn(cpu, word, words);
      // By default it sees the store that was made last: when that is its own, nothing has to land.
      const goesOn = options.some(({ cpu: by }) => by !== cpu && this.#newestOwn(by, word, words) > newest);
      if (only && options.length === 1 && this.#isSame(options[0] as Waiting)) return;
      const chosen = this.#pick(options, goesOn ? 0 : -1);
      if (chosen === STOP) return;
      this.land(chosen);
    }
  }

  /** Number of a CPU's last store to one of the words; 0: none waits. */
  #newestOwn(cpu: number, word: number, words: number): number {
    if ((this.whoIn(word, words) & (1 << cpu)) === 0) return 0;
    return (this.#waiting[cpu] as Waiting[]).findLast((store) => touches(store, word, words))?.number ?? 0;
  }

  /** Whether a store changes nothing, and is the only one that waits for its words. */
  #isSame(store: Waiting): boolean {
    const { word, nextMask, cpu } = store;
    const words = nextMask === 0 ? 1 : 2;
    if (this.whoIn(word, words) !== 1 << cpu) return false;
    for (let i = word; i < word + words; i++)
      if ((this.#who[i] as number) !== 0 && this.#view.u32(i * 4) !== this.#landed[i]) return false;
    return this.#newestOwn(cpu, word, words) === store.number;
  }

  /** By CPU: its first store to one of the words, if it may land now. The first made comes first. */
  #heads(word: number, words: number, without: number): Waiting[] {
    const heads: Waiting[] = [];
    for (let who = this.whoIn(word, words); who !== 0; who &= who - 1) {
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
  land(store: Waiting): void {
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
      this.land(first);
    }
    const words = store.nextMask === 0 ? 1 : 2;
    const bit = 1 << store.cpu;
    while ((this.whoIn(store.word, words) & ~bit) !== 0) {
      const options = this.#heads(store.word, words, store.cpu);
      const chosen = this.#pick(options, (options[0]?.number ?? Infinity) < store.number ? 0 : -1);
      if (chosen === STOP) break;
      this.land(chosen);
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
  landAll(word: number, words: number): void {
    this.#quiet = true;
    for (let next = this.first(word, words); next !== undefined; next = this.first(word, words))
      this.land(next);
    this.#quiet = false;
  }

  /** All stores of a CPU land. */
  drain(cpu: number): void {
    const waiting = this.#waiting[cpu] as Waiting[];
    const bit = 1 << cpu;
    if (waiting.every(({ word, nextMask }) => this.whoIn(word, nextMask === 0 ? 1 : 2) === bit)) {
      // Nobody else stores to these words: memory has it all.
      if (this.witness !== undefined) for (const store of waiting) this.#tellLanded(store);
      for (const { word, nextMask } of waiting) {
        this.#who[word] = 0;
        if (nextMask !== 0) this.#who[word + 1] = 0;
      }
      waiting.length = 0;
      return;
    }
    for (let [next] = waiting; next !== undefined; [next] = waiting) this.land(next);
  }

  /** The stores of a CPU land that stand before its last write fence, and those to some words. */
  drainFenced(cpu: number, word: number, words: number): void {
    const fenced = this.#fenced[cpu] as number;
    const waiting = this.#waiting[cpu] as Waiting[];
    for (;;) {
      const next = waiting.find((store) => store.number <= fenced || touches(store, word, words));
      if (next === undefined) return;
      this.land(next);
    }
  }

  /** A word is stored to at once. What waits for it lands later. */
  performWord(word: number, value: number): void {
    if (this.#who[word] === 0) {
      this.#view.setU32(word * 4, value);
      return;
    }
    this.#landed[word] = value;
    this.#refresh(word);
  }

  // ---- What the witness hears -----------------------------------------------------------------

  /** A CPU sees the words as they are for it now. */
  tellRead(cpu: number, from: number, words: number): void {
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
  tellPerformed(from: number, words: number): void {
    if (this.witness === undefined) return;
    const number = ++this.#number;
    for (let word = from; word < from + words; word++) {
      this.witness.stores(word, number);
      this.witness.lands(word, number);
      this.#lastLanded.set(word, number);
    }
  }
}
