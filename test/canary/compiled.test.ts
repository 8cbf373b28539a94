/** What the build makes: the layout and place sections, fibers, and what the optimiser loses. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileEngine, PLACES_SECTION, readJsonSection } from "../../dist/build/index.js";
import { makeProject, removeProject, writeFiles } from "../support/project.js";
import { PLAIN, sharedMemory } from "../support/wasm.js";
import { atomicInstructions } from "./instructions.js";

/** What the model build of the small project exports. */
interface FiberExports {
  prepare(at: number): number;
  asyncify_start_unwind(stack: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(stack: number): void;
  asyncify_stop_rewind(): void;
  asyncify_get_state(): number;
}

let root: string;
/** The project as it is, compiled once. */
let plain: ReturnType<typeof compileEngine>;
beforeAll(async () => {
  root = await makeProject();
  plain = compileEngine({ root });
  await plain;
});
afterAll(() => removeProject(root));

/** An overlay folder of the project's, holding these files. */
function overlay(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  return writeFiles(join(root, "variants", name), files);
}

describe("compiler", () => {
  // When this fails, the optimiser has learned to keep fences, and the checker's rule against them may go.
  test("loses a fence when it optimises, and keeps a read-modify-write that changes nothing", async () => {
    const folder = await overlay("fence", {
      "rmap/prepare.ts": `export function prepare(at: usize): u32 {
        store<u32>(at, 1);
        atomic.fence();
        atomic.add<u32>(at + 8, 0);
        return load<u32>(at + 4);
      }`,
    });
    const { wasm } = await compileEngine({ root, overlays: [folder] });
    const RMW_ADD = 0x1e;
    expect(atomicInstructions(wasm)).toEqual([{ code: RMW_ADD, align: 2 }]);
  });
});

describe("layout", () => {
  test("has constants with their sign, exact beyond 53 bits", async () => {
    const { layout } = await plain;
    expect(layout.constants).toEqual({
      CTL: 1024,
      TOP: 0x80000000,
      NEGATIVE: -12,
      MASK: "18446744073709547520",
      SUM: 9,
    });
  });

  test("has structures with inherited fields and storage types", async () => {
    const { layout } = await plain;
    const fields = {
      flags: { offset: 0 },
      count: { offset: 4, type: "i32" },
      index: { offset: 8, type: "u64" },
      next: { offset: 16, declared: "Page | null" },
      at: { offset: 20, declared: "usize" },
    };
    expect(layout.structs).toEqual({
      Page: { size: 24, align: 8, fields },
      BigPage: { size: 26, align: 8, fields: { ...fields, tail: { offset: 24, type: "u16" } } },
    });
  });

  test("follows an overlay that changes a structure", async () => {
    const folder = await overlay("narrow", { "obj/page.ts": "@unmanaged export class Page { index: u64; }" });
    const { layout } = await compileEngine({ root, overlays: [folder] });
    expect(Object.keys(layout.structs)).toEqual(["Page", "BigPage"]);
    expect(layout.structs["Page"]?.size).toBe(8);
    expect(layout.structs["BigPage"]?.size).toBe(10);
  });
});

describe("model", () => {
  test("unwinds a fiber inside a hook and rewinds it later", async () => {
    const { wasm } = await compileEngine({ root, target: "model" });
    const memory = sharedMemory(1);
    const stack = 4096;
    new Uint32Array(memory.buffer).set([stack + 8, stack + 1024], stack / 4);
    let resumed = false;
    const loads: number[] = [];
    const load = (at: number): number => {
      if (resumed) {
        resumed = false;
        fiber.asyncify_stop_rewind();
        loads.push(at);
        return at;
      }
      fiber.asyncify_start_unwind(stack);
      return 0;
    };
    const module = new WebAssembly.Module(Uint8Array.from(wasm));
    const { exports } = new WebAssembly.Instance(module, { env: { memory }, model: { load }, plain: PLAIN });
    const fiber = exports as unknown as FiberExports;
    let result = fiber.prepare(100);
    let switches = 0;
    for (; fiber.asyncify_get_state() === 1; switches++) {
      fiber.asyncify_stop_unwind();
      fiber.asyncify_start_rewind(stack);
      resumed = true;
      result = fiber.prepare(0);
    }
    expect({ result, switches, loads }).toEqual({ result: 204, switches: 2, loads: [100, 104] });
  });
});

describe("places", () => {
  test("are numbered where the accessor is used, and named by the function", async () => {
    const folder = await overlay("placed", {
      "rmap/prepare.ts": `
        import { Page } from "../obj/page";
        @external("build", "place")
        declare const PLACE: u32;
        @external("model", "load")
        declare function load32(place: u32, at: usize): u32;
        @inline
        function read(at: usize): u32 { return load32(PLACE, at); }
        function other(at: usize): u32 { return read(at); }
        export function prepare(at: usize): u32 {
          changetype<Page>(at).index += 1;
          return read(at) + other(at) + read(at + 4);
        }`,
    });
    const { wasm } = await compileEngine({ root, target: "model", overlays: [folder] });
    const module = new WebAssembly.Module(Uint8Array.from(wasm));
    const names = readJsonSection(module, PLACES_SECTION) as string[];
    const seen: string[] = [];
    const load = (place: number, at: number): number => seen.push(`${names[place]} ${at}`);
    const { exports } = new WebAssembly.Instance(module, {
      env: { memory: sharedMemory(1) },
      model: { load },
      plain: PLAIN,
    });
    (exports as { prepare: (at: number) => number }).prepare(64);
    expect(seen).toEqual([
      "rmap/prepare/prepare#1 64",
      "rmap/prepare/other#1 64",
      "rmap/prepare/prepare#2 68",
    ]);
  });
});
