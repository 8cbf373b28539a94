/**
 * The kernel's functions in a recording's stacks. `rmap record` appends them to what perf wrote: perf does not look behind
 * its last section.
 *
 *     each function:  u64 address | u16 bytes of its name | name
 *     at the end:     u32 functions | u32 bytes of all of them | "rmapsyms"
 *
 * An address is that of a frame, not of the function's beginning. Only its low 48 bits count, so that it is a safe integer.
 */

import type { RandomBytes } from "../random.js";

const MAGIC = new TextEncoder().encode("rmapsyms");
const END = 16;
const HEAD = 10;
/** The most bytes of all functions: a recording has some hundred. */
const MOST = 2 ** 24;

/** The low 48 bits of the address at `at`. */
export function addressAt(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint16(at + 4, true) * 2 ** 32;
}

/** The bytes to append for these functions, by address. */
export function symbolBytes(functions: ReadonlyMap<number, string>): Uint8Array {
  const names = [...functions].map(([address, name]) => ({ address, name: new TextEncoder().encode(name) }));
  const size = names.reduce((sum, { name }) => sum + HEAD + name.length, 0);
  const bytes = new Uint8Array(size + END);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { address, name } of names) {
    view.setUint32(at, address % 2 ** 32, true);
    view.setUint16(at + 4, Math.floor(address / 2 ** 32), true);
    view.setUint16(at + 6, 0xffff, true);
    view.setUint16(at + 8, name.length, true);
    bytes.set(name, at + HEAD);
    at += HEAD + name.length;
  }
  view.setUint32(size, names.length, true);
  view.setUint32(size + 4, size, true);
  bytes.set(MAGIC, size + 8);
  return bytes;
}

/** The functions at a recording's end, by address; none where perf alone wrote it, or where they are damaged. */
export async function readSymbols(file: RandomBytes): Promise<Map<number, string>> {
  const functions = new Map<number, string>();
  if (file.size < END) return functions;
  const end = await file.read(file.size - END, END);
  if (end.length < END || !MAGIC.every((byte, i) => end[8 + i] === byte)) return functions;
  const tail = new DataView(end.buffer, end.byteOffset, END);
  const size = tail.getUint32(4, true);
  if (size > Math.min(MOST, file.size - END)) return functions;
  const bytes = await file.read(file.size - END - size, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let left = tail.getUint32(0, true); left > 0 && at + HEAD <= bytes.length; left--) {
    const next = at + HEAD + view.getUint16(at + 8, true);
    if (next > bytes.length) break;
    functions.set(addressAt(view, at), new TextDecoder().decode(bytes.subarray(at + HEAD, next)));
    at = next;
  }
  return functions;
}
