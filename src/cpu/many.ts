/**
 * Accesses of one address space that come in typed arrays, and go through a CPU's ring as one record with the arrays behind
 * it: see assembly/mm/many.ts.
 */
import type { Layout } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** The arrays of the accesses of one CPU, and how much of them has been handed out. */
export interface Many {
  readonly slot: number;
  /** Codes of the engine, or one for all. */
  readonly codes: Uint8Array | number;
  readonly addresses: Float64Array;
  /** The values, as halves of words. */
  readonly halves: Uint32Array;
  /** Gets the results, if anybody wants them. */
  readonly results: Int32Array | undefined;
}

/** The numbers that the engine's build has for these records. */
export interface ManyCodes {
  /** Bytes of one access. */
  readonly bytes: number;
  readonly op: number;
}

/** Looks them up. */
export function manyCodes(layout: Layout): ManyCodes {
  return { bytes: layout.constant("MANY_BYTES"), op: layout.constant("OP_MANY") };
}

/** Places of the ring that so many accesses take, beside their record. */
export function placesOf(count: number, bytes: number, recordBytes: number): number {
  return Math.ceil((count * bytes) / recordBytes);
}

/** Reads and writes the arrays that stand in a ring. */
export class ManyAccess {
  readonly #u8: Uint8Array;
  readonly #u32: Uint32Array;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;

  constructor({ i32 }: MemoryView) {
    this.#i32 = i32;
    this.#u8 = new Uint8Array(i32.buffer);
    this.#u32 = new Uint32Array(i32.buffer);
    this.#f64 = new Float64Array(i32.buffer);
  }

  /** Writes `count` accesses, from the one with the number `from` on, to a place in memory, a multiple of 8. */
  write(at: number, { codes, addresses, halves }: Many, from: number, count: number): void {
    // Copies in one go cost a fraction of a loop. But each makes an object, so the small arrays go by loops.
    this.#f64.set(addresses.subarray(from, from + count), at >>> 3);
    this.#u32.set(halves.subarray(2 * from, 2 * (from + count)), (at >>> 2) + 2 * count);
    const code = at + 20 * count;
    const u8 = this.#u8;
    if (typeof codes === "number") u8.fill(codes, code, code + count);
    else for (let i = 0; i < count; i++) u8[code + i] = codes[from + i] as number;
  }

  /** Reads their outcomes back into the arrays. */
  read(at: number, { halves, results }: Many, from: number, count: number): void {
    const value = (at >>> 2) + 2 * count;
    halves.set(this.#u32.subarray(value, value + 2 * count), 2 * from);
    const result = (at >>> 2) + 4 * count;
    if (results === undefined) return;
    const i32 = this.#i32;
    for (let i = 0; i < count; i++) results[from + i] = i32[result + i] as number;
  }
}
