/**
 * Copies a memory back to what it was. An engine's memory is shared, and the host copies into such memory word by word;
 * wasm's own copy is several times as fast.
 */

import { instantiateNow } from "../wasm/loader.js";

/**
 * `(module (import "e" "m" (memory 0 65536 shared)) (func (export "copy") (param i32 i32 i32)
 * (memory.copy (local.get 0) (local.get 1) (local.get 2))))`
 */
const COPY = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x07, 0x01, 0x60, 0x03, 0x7f, 0x7f, 0x7f, 0x00],
  ...[0x02, 0x0b, 0x01, 0x01, 0x65, 0x01, 0x6d, 0x02, 0x03, 0x00, 0x80, 0x80, 0x04],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x08, 0x01, 0x04, 0x63, 0x6f, 0x70, 0x79, 0x00, 0x00],
  ...[0x0a, 0x0e, 0x01, 0x0c, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfc, 0x0a, 0x00, 0x00, 0x0b],
);

type Copy = (to: number, from: number, bytes: number) => void;

/** What the first half of a memory held. Its second half keeps the copy. */
export class Image {
  readonly #bytes: number;
  readonly #copy: Copy;

  /** Takes the image of the first `bytes` of a shared memory that is twice as large. */
  constructor(memory: WebAssembly.Memory, bytes: number) {
    this.#bytes = bytes;
    const exports = instantiateNow(new WebAssembly.Module(COPY), { e: { m: memory } });
    this.#copy = exports["copy"] as Copy;
    this.#copy(bytes, 0, bytes);
  }

  /** Makes the first half what it was. */
  restore(): void {
    this.#copy(0, this.#bytes, this.#bytes);
  }
}
