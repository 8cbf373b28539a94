/** A walk over the instructions of a module's code section, enough to look at every atomic one. */

import { readLeb, readSections, SECTION } from "../../dist/wasm/section.js";

/** One atomic instruction: its code behind the prefix 0xFE, and the bytes of its immediate as numbers. */
export interface AtomicInstruction {
  readonly code: number;
  /** Alignment field of the memarg: the exponent, with flag bits above it. The fence: its reserved byte. */
  readonly align: number;
}

const FENCE = 0x03;

/** How many LEB128 immediates the instructions without a special form have; everything else has none. */
const LEBS: Readonly<Record<number, number>> = {
  ...{ 2: 1, 3: 1, 4: 1, 12: 1, 13: 1, 16: 1, 17: 2, 32: 1, 33: 1, 34: 1, 35: 1, 36: 1 },
  ...{ 63: 1, 64: 1, 65: 1, 66: 1, 208: 1, 210: 1 },
};

/** Immediates of the instructions behind the prefix 0xFC, by code: conversions, bulk memory, tables. */
const PREFIX_FC = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Every atomic instruction of a module, in order. Throws on an instruction that it does not know the size of. */
export function atomicInstructions(wasm: Uint8Array): AtomicInstruction[] {
  const code = readSections(wasm).find(({ id }) => id === SECTION.code);
  if (code === undefined) throw new Error("the module has no code");
  const found: AtomicInstruction[] = [];
  let [functions, at] = readLeb(wasm, code.start);
  for (; functions > 0; functions--) {
    const [size, start] = readLeb(wasm, at);
    const end = start + size;
    const [groups, first] = readLeb(wasm, start);
    at = skipLebs(wasm, first, groups * 2);
    while (at < end) at = instruction(wasm, at, found);
    if (at !== end) throw new Error(`a function ends at ${at}, not at ${end}`);
  }
  return found;
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

/** Steps over one instruction; an atomic one is noted. */
function instruction(wasm: Uint8Array, at: number, found: AtomicInstruction[]): number {
  const opcode = wasm[at] ?? 0;
  const next = at + 1;
  if (opcode === 0xfe) {
    const [code, immediate] = readLeb(wasm, next);
    const [align] = readLeb(wasm, immediate);
    found.push({ code, align });
    return skipLebs(wasm, immediate, code === FENCE ? 1 : 2);
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
