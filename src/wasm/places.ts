/**
 * Numbered places in the code, one for each access. The compiler has no line intrinsic, so an overlay writes
 *
 *     @external("build", "place")
 *     declare const PLACE: u32;
 *
 * and passes `PLACE` to its hooks. Here each use gets its own number, counted in the compiler's unoptimised module,
 * where inlined accessors are already in the function that uses them: `rmap/prepare/anonVmaPrepare#2` is the second
 * use there. The names change only when their function does, so that a replay string outlives changes elsewhere.
 */

import { functionBodies, nextInstruction, OPCODE } from "./instructions.js";
import { functionNames } from "./names.js";
import { joinBytes, leb, readLeb, readSections, SECTION } from "./section.js";

/** A module with its places numbered, and the name of each number. */
export interface NumberedModule {
  readonly wasm: Uint8Array;
  /** Names by number. */
  readonly places: readonly string[];
}

/** Name of the custom section that holds the places' names, by number. */
export const PLACES_SECTION = "rmap.places";

/** The index of the imported global that means "here", or undefined when a module has no such import. */
function placeGlobal(module: WebAssembly.Module): number | undefined {
  const globals = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "global");
  const index = globals.findIndex((entry) => entry.module === "build" && entry.name === "place");
  return index < 0 ? undefined : index;
}

/**
 * Numbers the uses of `build.place` in a module that has the names of its functions. Undefined when it does not import
 * `build.place`. This works on the binary: Binaryen's text of an engine takes seconds to write and to parse.
 */
export function numberPlaces(wasm: Uint8Array, module: WebAssembly.Module): NumberedModule | undefined {
  const global = placeGlobal(module);
  const section = readSections(wasm).find(({ id }) => id === SECTION.code);
  if (global === undefined || section === undefined) return undefined;
  const names = functionNames(module);
  const imported = WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").length;
  const places: string[] = [];
  const bodies = functionBodies(wasm);
  const numbered = bodies.map((body, i) => {
    const name = (names.get(imported + i) ?? `${imported + i}`).replace(/^assembly\//, "");
    const parts: Uint8Array[] = [];
    let kept = body.start;
    for (let at = body.code, next = at; at < body.end; at = next) {
      next = nextInstruction(wasm, at);
      if (wasm[at] !== OPCODE.globalGet || readLeb(wasm, at + 1)[0] !== global) continue;
      parts.push(wasm.subarray(kept, at), constant(places.length));
      places.push(`${name}#${parts.length / 2}`);
      kept = next;
    }
    return withSize([...parts, wasm.subarray(kept, body.end)]);
  });
  const code = withSize([Uint8Array.from(leb(bodies.length)), ...numbered]);
  const [before, after] = [wasm.subarray(0, section.head + 1), wasm.subarray(section.end)];
  return { wasm: joinBytes([before, code, after]), places };
}

/** Bytes with their number in front. */
function withSize(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joinBytes([Uint8Array.from(leb(size)), ...parts]);
}

/** The instruction `i32.const` of a number. Its immediate is signed: the highest of its bits must be clear. */
function constant(value: number): Uint8Array {
  const bytes = leb(value);
  const last = bytes.length - 1;
  const high = bytes[last] ?? 0;
  return Uint8Array.of(OPCODE.i32Const, ...(high < 0x40 ? bytes : [...bytes.slice(0, last), high | 0x80, 0]));
}
