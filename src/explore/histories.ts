/** The words of the engine's memory as locations of a view machine, with the values of their messages. */

import type { ViewMachine } from "../views/machine.js";
import { NOBODY } from "../views/messages.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Value } from "./access.js";

/** A granule: 8 bytes, which an access of 64 bits takes whole. */
const GRANULE = 3;

export class Histories {
  readonly #view: MemoryView;
  readonly #machine: ViewMachine;
  /** By 32-bit word: the number of its location and 1; 0 for a word that nobody has touched. */
  readonly #locations: Int32Array;
  /** By granule: 1 when somebody has touched it with 64 bits. It stays wide, whatever is restored. */
  readonly #wide: Uint8Array;
  /** By location: the offset of its word. */
  readonly #offsets: number[] = [];
  /** By message: the value of the whole word, and where in the code it was stored. */
  readonly #values: Value[] = [];
  readonly #places: number[] = [];
  /** Memory as it was saved. */
  #saved: DataView<ArrayBuffer> | undefined;
  /** True: initial values are those of the saved memory. */
  #isRestored = false;

  constructor(view: MemoryView, machine: ViewMachine) {
    this.#view = view;
    this.#machine = machine;
    this.#locations = new Int32Array(view.bytes >>> 2);
    this.#wide = new Uint8Array(view.bytes >>> GRANULE);
  }

  /** Keeps what memory holds as the initial values. */
  save(): void {
    const copy = this.#view.copy(0, this.#view.bytes);
    this.#saved = new DataView(copy.buffer);
    this.#isRestored = true;
  }

  /** Forgets all messages. Initial values are those of the saved memory if that has been restored, or else the newest. */
  clear(isRestored: boolean): void {
    this.#isRestored = isRestored;
    for (const offset of this.#offsets) this.#locations[offset >>> 2] = 0;
    this.#offsets.length = this.#values.length = this.#places.length = 0;
  }

  /** The location of a word. A store past the model that nobody told of becomes a message of nobody. */
  at(offset: number, bits: number): number {
    const location = this.known(offset, bits);
    const { messages } = this.#machine;
    const newest = messages.last.get(location);
    const memory = this.memory(location);
    if (this.#values[newest] !== memory) this.note(messages.add(NOBODY, newest), memory, -1);
    return location;
  }

  /** As `at`, for a word whose newest store the caller will tell of. */
  known(offset: number, bits: number): number {
    const granule = offset >>> GRANULE;
    if (bits === 64 && this.#wide[granule] === 0) this.#widen(granule);
    const start = this.#wide[granule] === 1 ? granule << GRANULE : offset;
    const found = this.#locations[start >>> 2] as number;
    return found === 0 ? this.#open(start >>> 0) : found - 1;
  }

  /** The value of a message as an access to the word sees it. */
  value(message: number, offset: number, bits: number): Value {
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

  /** True for an access to half of a wide word. */
  isHalf(offset: number, bits: number): boolean {
    return bits === 32 && this.#wide[offset >>> GRANULE] === 1;
  }

  /** What memory holds at a location. */
  memory(location: number): Value {
    const offset = this.#offsets[location] as number;
    return this.#wide[offset >>> GRANULE] === 1 ? this.#view.u64(offset) : this.#view.u32(offset);
  }

  /** A message has this value, and this place in the code. */
  note(message: number, value: Value, place: number): void {
    this.#values[message] = value;
    this.#places[message] = place;
  }

  placeOf(message: number): number {
    return this.#places[message] ?? -1;
  }

  #open(offset: number): number {
    const location = this.#machine.open();
    this.#locations[offset >>> 2] = location + 1;
    this.#offsets[location] = offset;
    const saved = this.#isRestored ? this.#saved : undefined;
    const isWide = this.#wide[offset >>> GRANULE] === 1;
    const initial =
      saved === undefined
        ? this.memory(location)
        : isWide
          ? saved.getBigUint64(offset, true)
          : saved.getUint32(offset, true);
    this.note(this.#machine.messages.last.get(location), initial, -1);
    return location;
  }

  /** A word of 32 bits turns out to be half of a wide one: what it held before counts as seen by all. */
  #widen(granule: number): void {
    this.#wide[granule] = 1;
    this.#locations[granule << 1] = 0;
    this.#locations[(granule << 1) + 1] = 0;
  }
}
