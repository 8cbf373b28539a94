/** The atomic instructions of a module. */

import { functionBodies, nextInstruction, OPCODE } from "../../dist/wasm/instructions.js";
import { readLeb } from "../../dist/wasm/section.js";

/** One atomic instruction: its code behind the prefix 0xFE, and the bytes of its immediate as numbers. */
export interface AtomicInstruction {
  readonly code: number;
  /** Alignment field of the memarg: the exponent, with flag bits above it. The fence: its reserved byte. */
  readonly align: number;
}

/** Every atomic instruction of a module, in order. Throws on an instruction that it does not know the size of. */
export function atomicInstructions(wasm: Uint8Array): AtomicInstruction[] {
  const found: AtomicInstruction[] = [];
  for (const { code: first, end } of functionBodies(wasm)) {
    let at = first;
    for (; at < end; at = nextInstruction(wasm, at)) {
      if (wasm[at] !== OPCODE.atomic) continue;
      const [code, immediate] = readLeb(wasm, at + 1);
      found.push({ code, align: readLeb(wasm, immediate)[0] });
    }
    if (at !== end) throw new Error(`a function ends at ${at}, not at ${end}`);
  }
  return found;
}
