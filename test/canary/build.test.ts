/** The build: overlays, errors that point at the right file, and what would never end. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuildError, compileEngine, compileInThread, OverlayError } from "../../dist/build/index.js";
import { makeProject, removeProject, writeFiles } from "../support/project.js";
import { link, sharedMemory } from "../support/wasm.js";

let root: string;
beforeAll(async () => {
  root = await makeProject();
});
afterAll(() => removeProject(root));

/** An overlay folder of the project's, holding these files. */
function overlay(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  return writeFiles(join(root, "variants", name), files);
}

/** What compiling with these overlays throws. */
async function failure(...overlays: string[]): Promise<unknown> {
  return compileEngine({ root, overlays }).then(
    () => expect.unreachable("it compiled"),
    (error: unknown) => error,
  );
}

/** Runs `prepare(at)` of an engine, with two words in memory. */
function prepare(wasm: Uint8Array<ArrayBuffer>, first: number, second: number): number {
  const memory = sharedMemory(1);
  new Uint32Array(memory.buffer).set([first, second], 16);
  const { exports } = link(new WebAssembly.Module(wasm), memory);
  return (exports as { prepare: (at: number) => number }).prepare(64);
}

describe("overlays", () => {
  test("replace the file of the same path", async () => {
    const text = `import { readOnce } from "../arch/access";
      export function prepare(at: usize): u32 { return readOnce(at) * readOnce(at + 4); }`;
    const product = await overlay("product", { "rmap/prepare.ts": text });
    const plain = await compileEngine({ root });
    const variant = await compileEngine({ root, overlays: [product] });
    expect(prepare(plain.wasm, 6, 7)).toBe(13);
    expect(prepare(variant.wasm, 6, 7)).toBe(42);
    expect(variant.info).toEqual({
      version: "1.2.3",
      target: "release",
      overlays: ["product"],
      compiler: "0.28.19",
    });
  });

  test("may add a file that a replacing file imports", async () => {
    const folder = await overlay("helped", {
      "rmap/prepare.ts":
        'import { one } from "./one";\nexport function prepare(at: usize): u32 { return one(); }',
      "rmap/one.ts": 'export { two as one } from "./two";',
      "rmap/two.ts": "export function two(): u32 { return 2; }",
    });
    expect(prepare((await compileEngine({ root, overlays: [folder] })).wasm, 0, 0)).toBe(2);
  });

  test("that replace nothing are an error with the nearest paths", async () => {
    const folder = await overlay("lost", { "rmap/prepair.ts": "", "reclaim/access.ts": "" });
    const error = await failure(folder);
    expect(error).toBeInstanceOf(OverlayError);
    expect(error).toMatchObject({ code: "EOVERLAY", exitCode: 2 });
    const [access, prepair] = (error as OverlayError).message.split("\n");
    expect(access).toMatch(/lost\/reclaim\/access\.ts replaces nothing: .*nearest: arch\/access\.ts/);
    expect(prepair).toMatch(/lost\/rmap\/prepair\.ts replaces nothing: .*nearest: rmap\/prepare\.ts/);
  });

  test("that clash are an error that names both", async () => {
    const [a, b] = [
      await overlay("a", { "rmap/prepare.ts": "" }),
      await overlay("b", { "rmap/prepare.ts": "" }),
    ];
    const error = (await failure(a, b)) as OverlayError;
    expect(error).toBeInstanceOf(OverlayError);
    expect(error.files).toEqual([join(a, "rmap/prepare.ts"), join(b, "rmap/prepare.ts")]);
  });

  test("clash with those of the target too", async () => {
    const folder = await overlay("own-arch", { "arch/check.ts": "" });
    await expect(compileEngine({ root, target: "checked", overlays: [folder] })).rejects.toThrow(
      /replaced twice/,
    );
  });

  test("that are missing or empty are an error", async () => {
    expect(await failure(join(root, "nowhere"))).toMatchObject({ code: "EOVERLAY" });
    expect(await failure(await overlay("empty", { "README.md": "" }))).toMatchObject({ code: "EOVERLAY" });
  });
});

describe("errors", () => {
  test("of the compiler name the overlay's own file, line and column", async () => {
    const folder = await overlay("typo", {
      "rmap/prepare.ts": "export function prepare(at: usize): u32 {\n  return nothing(at);\n}",
    });
    const error = (await failure(folder)) as BuildError;
    expect(error).toBeInstanceOf(BuildError);
    expect(error.diagnostics).toEqual([
      { file: join(folder, "rmap/prepare.ts"), line: 2, column: 10, message: "Cannot find name 'nothing'." },
    ]);
    expect(error.message).toContain("rmap/prepare.ts:2:10: Cannot find name 'nothing'.");
  });

  test("come out of the thread as they are", async () => {
    const folder = await overlay("syntax", { "rmap/prepare.ts": "export function prepare(: u32 {}" });
    const error = await compileInThread({ root, overlays: [folder] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BuildError);
    expect((error as BuildError).diagnostics[0]).toMatchObject({ line: 1, column: 24 });
  });

  test("forbid static data", async () => {
    const folder = await overlay("static", {
      "rmap/prepare.ts":
        "export function prepare(at: usize): u32 { return load<u32>(memory.data<u32>([1, 2]) + at); }",
    });
    expect(await failure(folder)).toMatchObject({
      code: "EBUILD",
      message: expect.stringMatching(/static data/),
    });
  });

  test("list the targets there are", async () => {
    await expect(compileEngine({ root, target: "fast" })).rejects.toThrow(
      /no target fast.*release, checked, stress, model/,
    );
  });
});

describe("imports", () => {
  test("that no host gives name their declaration", async () => {
    const folder = await overlay("import", {
      "rmap/prepare.ts":
        '\n@external("host", "frob")\ndeclare function frob(at: usize): u32;\nexport function prepare(at: usize): u32 { return frob(at); }',
    });
    const error = (await failure(folder)) as BuildError;
    expect(error.diagnostics).toEqual([
      {
        ...{ file: join(folder, "rmap/prepare.ts"), line: 2, column: 1 },
        message: 'no host gives the function "host.frob" that is imported here',
      },
    ]);
  });
});

describe("a compilation that would never end", () => {
  test("is ended, where the sources loop at their top level", async () => {
    const layout = await readFile(join(root, "assembly/layout.ts"), "utf8");
    const folder = await overlay("loop", { "layout.ts": `${layout}\nwhile (true) {}` });
    await expect(compileInThread({ root, overlays: [folder] })).rejects.toMatchObject({
      code: "EWATCHDOG",
      message: expect.stringContaining(join(folder, "layout.ts")),
    });
  });
});
