/** The engine's one shared memory: makes it in the right size, and reads it by byte offset. */

import { EnvironmentError } from "../errors.js";
import { missingSharing } from "../platform/isolation.js";
import { count } from "../text/numbers.js";

/** Bytes of a WebAssembly memory page (not of an engine page). */
export const WASM_PAGE = 65536;
/** The most bytes that 32-bit offsets reach. */
export const MAX_BYTES = 2 ** 32;

/** The most swap in bytes that fits beside any number of frames and CPUs. A page of swap takes 16 bytes. */
export const MAX_SWAP = 960 * 2 ** 30;

/** The largest store behind files and shared memory, in bytes: a page of it takes 12 bytes. */
export const MAX_STORE = 256 * 2 ** 30;
/** The most for page tables and objects, in bytes. */
export const MAX_METADATA = 3 * 2 ** 30;

/**
 * Makes a shared memory of at least `bytes` bytes, zeroed; it never grows. Throws EnvironmentError when the
 * environment has no shared memory, or not that much.
 */
export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / WASM_PAGE);
  if (!(pages > 0 && pages * WASM_PAGE <= MAX_BYTES)) {
    throw new EnvironmentError(
      `a memory of ${mebibytes(bytes)} is more than the 4 GiB that the engine can address`,
      "ask for less memory, fewer CPUs or no page content",
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    throw new EnvironmentError(
      `a shared memory of ${mebibytes(pages * WASM_PAGE)} is not available: ${(error as Error).message}`,
      missingSharing()?.hint ??
        "ask for less memory, and check `ulimit -v`: each memory may also reserve 10 GB of addresses",
    );
  }
}

function mebibytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 2 ** 20))} MiB`;
}

/**
 * Reads and writes the memory by byte offset. Offsets are multiples of the access size. The plain readers are for
 * quiescent memory; the ones named `load` and `store` are atomic. The plain readers follow pointers from the memory
 * itself, so beyond its end they read zeros.
 */
export class MemoryView {
  readonly bytes: number;
  readonly i32: Int32Array;
  readonly #u8: Uint8Array;
  readonly #u16: Uint16Array;
  readonly #u32: Uint32Array;
  readonly #u64: BigUint64Array;

  constructor(memory: WebAssembly.Memory) {
    const buffer = memory.buffer;
    this.bytes = buffer.byteLength;
    this.i32 = new Int32Array(buffer);
    this.#u8 = new Uint8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#u64 = new BigUint64Array(buffer);
  }

  u8(offset: number): number {
    return this.#u8[offset] ?? 0;
  }

  u16(offset: number): number {
    return this.#u16[offset >>> 1] ?? 0;
  }

  u32(offset: number): number {
    return this.#u32[offset >>> 2] ?? 0;
  }

  u64(offset: number): bigint {
    return this.#u64[offset >>> 3] ?? 0n;
  }

  /** Puts bytes there. */
  paste(offset: number, bytes: Uint8Array): void {
    this.#u8.set(bytes, offset);
  }

  setU8(offset: number, value: number): void {
    this.#u8[offset] = value;
  }

  setU16(offset: number, value: number): void {
    this.#u16[offset >>> 1] = value;
  }

  setU32(offset: number, value: number): void {
    this.#u32[offset >>> 2] = value;
  }

  setU64(offset: number, value: bigint): void {
    this.#u64[offset >>> 3] = value;
  }

  /** Atomic load of a u64. */
  loadU64(offset: number): bigint {
    return Atomics.load(this.#u64, offset >>> 3);
  }

  /** Atomic store of a u64. */
  storeU64(offset: number, value: bigint): void {
    Atomics.store(this.#u64, offset >>> 3, BigInt.asUintN(64, value));
  }

  /** A u64 whose value is a safe integer (an address, a length, a count). */
  number(offset: number): number {
    return this.u32(offset) + this.u32(offset + 4) * 2 ** 32;
  }

  /** Writes a safe integer, zero or more, as u64. */
  setNumber(offset: number, value: number): void {
    this.#u32[offset >>> 2] = value % 2 ** 32;
    this.#u32[(offset + 4) >>> 2] = Math.floor(value / 2 ** 32);
  }

  /** Atomic load of a u32. */
  load(offset: number): number {
    return Atomics.load(this.#u32, offset >>> 2);
  }

  /** Atomic store of a u32. */
  store(offset: number, value: number): void {
    Atomics.store(this.#u32, offset >>> 2, value);
  }

  /** Wakes every CPU that waits for the word at an offset. Ignores an offset outside the memory. */
  notify(offset: number): void {
    if (offset >= 0 && offset < this.bytes) Atomics.notify(this.i32, offset >>> 2);
  }

  /** All bytes of the memory. */
  get bytesOfAll(): Uint8Array {
    return this.#u8;
  }

  /** A copy of some bytes (decoders do not take shared views). */
  copy(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#u8.subarray(offset, offset + length));
  }
}
