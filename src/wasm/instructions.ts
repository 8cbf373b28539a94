/** A walk over the instructions of a module's code section, as far as the AssemblyScript compiler and Binaryen emit them. */

import { readLeb, readSections, SECTION } from "./section.js";

/** Opcodes that callers compare with. */
export const OPCODE = { globalGet: 0x23, i32Const: 0x41, atomic: 0xfe };

/** The body of one function: where its size stands, where the first instruction begins, and where the body ends. */
export interface FunctionBody {
  /** Offset of the body's size. */
  readonly head: number;
  /** Offset of the body: its local variables. */
  readonly start: number;
  /** Offset of its first instruction, behind the local variables. */
  readonly code: number;
  readonly end: number;
}

/** The bodies of all functions of a module, in order; none when it has no code. */
export function functionBodies(wasm: Uint8Array): FunctionBody[] {
  const section = readSections(wasm).find(({ id }) => id === SECTION.code);
  if (section === undefined) return [];
  const bodies: FunctionBody[] = [];
  let [count, at] = readLeb(wasm, section.start);
  for (; count > 0; count--) {
    const [size, start] = readLeb(wasm, at);
    const [groups, first] = readLeb(wasm, start);
    bodies.push({ head: at, start, code: skipLebs(wasm, first, groups * 2), end: start + size });
    at = start + size;
  }
  return bodies;
}

/** How many LEB128 immediates the instructions without a special form have; everything else has none. */
const LEBS: Readonly<Record<number, number>> = {
  ...{ 2: 1, 3: 1, 4: 1, 12: 1, 13: 1, 16: 1, 17: 2, 32: 1, 33: 1, 34: 1, 35: 1, 36: 1 },
  ...{ 63: 1, 64: 1, 65: 1, 66: 1, 208: 1, 210: 1 },
};

/** Immediates of the instructions behind the prefix 0xFC, by code: conversions, bulk memory, tables. */
const PREFIX_FC = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** The only atomic instruction without an address: its immediate is one reserved byte. */
const ATOMIC_FENCE = 0x03;

/** The offset behind the instruction at `at`. Throws an Error for an instruction of which it does not know the size. */
export function nextInstruction(wasm: Uint8Array, at: number): number {
  const opcode = wasm[at] ?? 0;
  const next = at + 1;
  if (opcode === OPCODE.atomic) {
    const [code, immediate] = readLeb(wasm, next);
    return skipLebs(wasm, immediate, code === ATOMIC_FENCE ? 1 : 2);
  }
  if (opcode === 0xfc) {
    const [code, immediate] = readLeb(wasm, next);
    const count = PREFIX_FC[code];
    if (count === undefined) throw new Error(`unknown instruction fc ${code.toString(16)} at ${at}`);
    return skipLebs(wasm, immediate, count);
  }
  if (opcode === 0x0e) {
    const [targets, first] = readLeb(wasm, next);
    return skipLebs(wasm, first, targets + 1);
  }
  if (opcode === 0x1c) {
    const [types, first] = readLeb(wasm, next);
    return skipLebs(wasm, first, types);
  }
  if (opcode === 0x43) return next + 4;
  if (opcode === 0x44) return next + 8;
  if (opcode >= 0x28 && opcode <= 0x3e) return skipLebs(wasm, next, 2);
  if (opcode > 0xd2) throw new Error(`unknown instruction ${opcode.toString(16)} at ${at}`);
  return skipLebs(wasm, next, LEBS[opcode] ?? 0);
}

/** Steps over `count` LEB128 numbers, signed or not. */
function skipLebs(wasm: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    while ((wasm[at] ?? 0) >= 0x80) at++;
    at++;
  }
  return at;
}
