/** What every built engine must be as a module, so that many instances can share one memory. */

import { describe, expect, test } from "vitest";
import { readLeb, readSections, SECTION } from "../../dist/wasm/section.js";
import { ENGINES, engineBytes, link, sharedMemory } from "../support/wasm.js";
import { atomicInstructions } from "./instructions.js";

interface Section {
  readonly id: number;
  readonly start: number;
}

/** Types of the mutable globals that a module defines. Reads `type mut i32.const|i64.const leb end` entries. */
function mutableGlobals(wasm: Uint8Array): number[] {
  const section = readSections(wasm).find(({ id }: Section) => id === SECTION.global);
  if (section === undefined) return [];
  const types: number[] = [];
  let [count, at] = readLeb(wasm, section.start) as [number, number];
  for (; count > 0; count--) {
    if (wasm[at + 1] === 1) types.push(wasm[at] ?? 0);
    at += 3;
    while (wasm[at] !== 0x0b || (wasm[at - 1] ?? 0) >= 0x80) at++;
    at++;
  }
  return types;
}

describe.each(ENGINES)("%s", (name) => {
  const wasm = engineBytes(name);
  const module = new WebAssembly.Module(wasm);
  const I32 = 0x7f;

  test("has no static data and no start function", () => {
    const ids = readSections(wasm).map(({ id }: Section) => id);
    expect(ids).not.toContain(SECTION.data);
    expect(ids).not.toContain(SECTION.start);
  });

  test("imports its memory and, for the model only, the model's hooks", () => {
    const imports = WebAssembly.Module.imports(module);
    // The model also imports the switch of its plain accesses.
    const others = imports.filter(({ kind, module }) => kind !== "function" && module !== "plain");
    expect(others).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const from = new Set(imports.filter(({ kind }) => kind === "function").map((entry) => entry.module));
    expect([...from].sort()).toEqual(name === "engine.model" ? ["model", "plain"] : []);
  });

  test("exports neither memory nor table nor a global that could change", () => {
    const kinds = new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind));
    expect([...kinds]).toEqual(["function"]);
  });

  test("keeps nothing of its own but the CPU's base address", () => {
    const asyncify = name === "engine.model" ? [I32, I32] : [];
    expect(mutableGlobals(wasm)).toEqual([I32, ...asyncify]);
  });

  test("links with a memory of one page and with one that may grow to 4 GiB", () => {
    expect(() => link(module, sharedMemory(1))).not.toThrow();
    expect(() => link(module, sharedMemory(2, 65536))).not.toThrow();
  });

  test("refuses a memory that is not shared", () => {
    expect(() => link(module, new WebAssembly.Memory({ initial: 1, maximum: 1 }))).toThrow(/shared/);
  });

  test("leaves the memory as it is when it is instantiated, as often as one likes", () => {
    const memory = sharedMemory(4);
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    link(module, memory);
    link(module, memory);
    expect(bytes.every((byte) => byte === 0xa5)).toBe(true);
  });

  test("has atomics that are sequentially consistent in the plain encoding", () => {
    const atomics = atomicInstructions(wasm);
    // On the model every access is a call of a hook instead.
    if (name !== "engine.model") expect(atomics.length).toBeGreaterThan(0);
    // The exponent of the alignment is 0 to 3; memory order and memory index would be bits above it.
    for (const { align } of atomics) expect(align).toBeLessThanOrEqual(3);
  });
});
