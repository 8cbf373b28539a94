/** The words of the engine's memory as locations of a view machine, with the values of their messages. */

import type { ViewMachine } from "../views/machine.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Value } from "./access.js";

/** A granule: 8 bytes, which an access of 64 bits takes whole. */
const GRANULE = 3;

/** What unmade memory may have held: what it holds in fact, or all zeros, or all ones. */
const AS_IT_WAS = 0;
const ZEROS = 1;
const UNMADE: readonly number[] = [AS_IT_WAS, ZEROS, 2];
const ONES = 0xffff_ffff;
/** Those of them that differ, by what memory holds; and what is known. */
const OF_ZEROS: readonly number[] = [AS_IT_WAS, 2];
const OF_ONES: readonly number[] = [AS_IT_WAS, ZEROS];
const KNOWN: readonly number[] = [AS_IT_WAS];

/** The state at a mark. */
interface Marked {
  readonly offsets: number[];
  /** By index in `offsets`. */
  readonly locations: number[];
  readonly values: Value[];
  readonly places: number[];
  unmade?: ReadonlySet<number> | undefined;
  held?: number | undefined;
}

function copy<T>(from: readonly T[], to: T[]): void {
  to.length = from.length;
  for (let i = 0; i < from.length; i++) to[i] = from[i] as T;
}

export class Histories {
  readonly #view: MemoryView;
  readonly #machine: ViewMachine;
  /** By 32-bit word: the number of its location and 1; 0 for a word that nobody has touched. */
  readonly #locations: Int32Array;
  /** By granule: 1 when somebody has touched it with 64 bits. It stays wide, whatever is restored. */
  readonly #wide: Uint8Array;
  /** By granule: 1 when somebody has stored to half of it. It stays so as well. */
  readonly #halved: Uint8Array;
  /** Offsets of the words that have a location, or had one. */
  readonly #offsets: number[] = [];
  /** By message: the value of the whole word, and where in the code it was stored. */
  readonly #values: Value[] = [];
  readonly #places: number[] = [];
  /** Initial messages of words that a constructor has made: nobody knows what they held. */
  readonly #unmade = new Set<number>();
  /** What all of them held, as far as it was chosen: UNMADE. */
  #held: number | undefined;
  #isFixed = false;
  /** By location: a number that says which word it is of, and whether that word had others before. */
  readonly #keys: number[] = [];
  /** The first message whose value has been renewed since somebody asked. */
  #renewed = Number.POSITIVE_INFINITY;

  readonly #marked: Marked[] = [];

  constructor(view: MemoryView, machine: ViewMachine) {
    this.#view = view;
    this.#machine = machine;
    this.#locations = new Int32Array(view.bytes >>> 2);
    this.#wide = new Uint8Array(view.bytes >>> GRANULE);
    this.#halved = new Uint8Array(view.bytes >>> GRANULE);
  }

  /** Forgets all messages: a word's initial value is what memory holds at the next access to it. */
  clear(): void {
    for (const offset of this.#offsets) this.#locations[offset >>> 2] = 0;
    this.#offsets.length = this.#values.length = this.#places.length = 0;
    if (this.#unmade.size > 0) this.#unmade.clear();
    this.#held = undefined;
  }

  /** Words that a constructor makes held what memory holds now, and nothing else. */
  fix(): void {
    this.#isFixed = true;
  }

  /** A constructor makes a word, now. One that somebody has accessed in this execution held what it held. */
  make(offset: number): void {
    if (this.#isFixed || this.#wide[offset >>> GRANULE] === 1 || this.#locations[offset >>> 2] !== 0) return;
    this.#unmade.add(this.#machine.messages.last.get(this.#open(offset)));
  }

  /** What a message may hold that is not known yet, for `hold`; one alone where it is known. */
  possible(message: number): readonly number[] {
    if (this.#held !== undefined || !this.#unmade.has(message)) return KNOWN;
    const was = this.#values[message];
    return was === 0 ? OF_ZEROS : was === ONES ? OF_ONES : UNMADE;
  }

  /** From here on all memory that was unmade at first held this. */
  hold(possible: number): void {
    this.#held = possible;
  }

  /** Forgets the messages of a word, or of the wide word that it belongs to. */
  forget(offset: number): void {
    const isWide = this.#wide[offset >>> GRANULE] === 1;
    this.#locations[(isWide ? offset & -8 : offset) >>> 2] = 0;
  }

  /** The location of a word. Call it before the word changes: its first value is what memory holds then. */
  at(offset: number, bits: number): number {
    const granule = offset >>> GRANULE;
    if (bits === 64 && this.#wide[granule] === 0) this.#widen(granule);
    const start = (this.#wide[granule] === 1 ? granule << GRANULE : offset) >>> 0;
    const found = this.#locations[start >>> 2] as number;
    if (found === 0) return this.#open(start);
    const newest = this.#machine.messages.last.get(found - 1);
    // One half of a wide word may have one CPU alone, of whose stores there nobody tells us.
    if (this.#wide[granule] === 1) this.#renew(newest, this.#view.u64(start));
    return found - 1;
  }

  #renew(message: number, value: bigint): void {
    if (this.#values[message] === value) return;
    this.#values[message] = value;
    if (message < this.#renewed) this.#renewed = message;
  }

  /** What all unmade memory held, as far as it was chosen. */
  get held(): number | undefined {
    return this.#held;
  }

  /** Says which location it is, by what it is of: locations get their numbers in the order of their first accesses. */
  keyOf(location: number): number {
    return this.#keys[location] as number;
  }

  /** What a message has stored in the whole word, as far as that is known. */
  storedIn(message: number): Value {
    return this.#values[message] as Value;
  }

  /** Whether a message is what a word held before its constructor made it. */
  isUnmade(message: number): boolean {
    return this.#unmade.has(message);
  }

  /** The first message whose value has changed since the last call. */
  takeRenewed(): number {
    const renewed = this.#renewed;
    this.#renewed = Number.POSITIVE_INFINITY;
    return renewed;
  }

  /** The value of a message as an access to the word sees it; `held`: if unmade memory held this. */
  value(message: number, offset: number, bits: number, held = this.#held): Value {
    if (held !== undefined && held !== AS_IT_WAS && this.#unmade.has(message))
      return held === ZEROS ? 0 : ONES;
    const value = this.#values[message] as Value;
    if (bits === 64 || typeof value === "number") return value;
    return Number(BigInt.asUintN(32, (offset & 4) === 0 ? value : value >> 32n));
  }

  /** The value of the whole word after a store behind a message. */
  whole(after: number, offset: number, bits: number, value: Value): Value {
    const old = this.#values[after] as Value;
    if (bits === 64 || typeof old === "number") return value;
    const [low, high] = [BigInt.asUintN(32, old), old >> 32n];
    return (offset & 4) === 0 ? (high << 32n) | BigInt(value) : (BigInt(value) << 32n) | low;
  }

  /** The location of a word that an access stores to, as `at`. */
  storedAt(offset: number, bits: number): number {
    if (bits === 32) this.#halved[offset >>> GRANULE] = 1;
    return this.at(offset, bits);
  }

  /**
   * Whether somebody stores to half of the wide word at an offset. Such a message holds the other half as it was in the
   * newest one. So nothing may land before it.
   */
  isShared(offset: number): boolean {
    return this.#halved[offset >>> GRANULE] === 1 && this.#wide[offset >>> GRANULE] === 1;
  }

  /** A message has this value, and this place in the code. */
  note(message: number, value: Value, place: number): void {
    this.#values[message] = value;
    this.#places[message] = place;
  }

  placeOf(message: number): number {
    return this.#places[message] ?? -1;
  }

  /** Notes the state, by numbers from 0 on. */
  mark(number: number): void {
    const kept = this.#marked[number] ?? { offsets: [], locations: [], values: [], places: [] };
    this.#marked[number] = kept;
    copy(this.#offsets, kept.offsets);
    copy(this.#values, kept.values);
    copy(this.#places, kept.places);
    kept.locations.length = this.#offsets.length;
    for (let i = 0; i < this.#offsets.length; i++)
      kept.locations[i] = this.#locations[(this.#offsets[i] as number) >>> 2] as number;
    kept.unmade = this.#unmade.size > 0 ? new Set(this.#unmade) : undefined;
    kept.held = this.#held;
  }

  /** Goes back to it. */
  back(number: number): void {
    const kept = this.#marked[number] as Marked;
    this.clear();
    copy(kept.offsets, this.#offsets);
    copy(kept.values, this.#values);
    copy(kept.places, this.#places);
    for (let i = 0; i < kept.offsets.length; i++)
      this.#locations[(kept.offsets[i] as number) >>> 2] = kept.locations[i] as number;
    for (const message of kept.unmade ?? []) this.#unmade.add(message);
    this.#held = kept.held;
  }

  #open(offset: number): number {
    const location = this.#machine.open();
    this.#locations[offset >>> 2] = location + 1;
    let before = 0;
    for (const other of this.#offsets) if (other === offset) before++;
    this.#keys[location] = before === 0 ? offset : offset + Math.imul(before, 0x9e37_79b1);
    this.#offsets.push(offset);
    const isWide = this.#wide[offset >>> GRANULE] === 1;
    const value = isWide ? this.#view.u64(offset) : this.#view.u32(offset);
    this.note(this.#machine.messages.last.get(location), value, -1);
    return location;
  }

  /** A word of 32 bits turns out to be half of a wide one: what it held before counts as seen by all. */
  #widen(granule: number): void {
    this.#wide[granule] = 1;
    this.#locations[granule << 1] = 0;
    this.#locations[(granule << 1) + 1] = 0;
  }
}
