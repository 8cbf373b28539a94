/** The build: overlays, errors that point at the right file, and what would never end. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BuildError, compileEngine, compileInThread, OverlayError } from "../../dist/build/index.js";
import { makeProject, removeProject, writeFiles } from "../support/project.js";
import { WHOLE } from "../support/sample.js";
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
function prepare(wasm: Uint8Array, first: number, second: number): number {
  const memory = sharedMemory(1);
  new Uint32Array(memory.buffer).set([first, second], 16);
  const { exports } = link(new WebAssembly.Module(Uint8Array.from(wasm)), memory);
  return (exports as { prepare: (at: number) => number }).prepare(64);
}

describe("overlays", () => {
  test("replace the declarations of the file of the same path", async () => {
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
      code: expect.stringMatching(/^[0-9a-f]{8}$/),
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

  test("leave in place what they do not name", async () => {
    const folder = await overlay("left", {
      "arch/access.ts": "export function nothing(): u32 { return 0; }",
      "layout.ts": "export const CTL: u32 = 2048;",
    });
    const { wasm, layout } = await compileEngine({ root, overlays: [folder] });
    expect(prepare(wasm, 6, 7)).toBe(13);
    expect(layout.constants).toMatchObject({ CTL: 2048, NEGATIVE: -12, SUM: 9 });
  });

  test("may share a file, and never a name", async () => {
    const one = { "rmap/prepare.ts": "export function one(): u32 { return 1; }" };
    const [a, b] = [await overlay("a", one), await overlay("b", one)];
    const c = await overlay("c", {
      "rmap/prepare.ts": "export function prepare(at: usize): u32 { return 3; }",
    });
    const error = (await failure(a, b)) as OverlayError;
    expect(error).toBeInstanceOf(OverlayError);
    expect(error.message).toMatch(
      /^one in rmap\/prepare\.ts is replaced twice: by .*a\/rmap.* and by .*b\/rmap/,
    );
    expect(error.files).toEqual([join(a, "rmap/prepare.ts"), join(b, "rmap/prepare.ts")]);
    expect(prepare((await compileEngine({ root, overlays: [a, c] })).wasm, 0, 0)).toBe(3);
    const layers = await overlay("d", { "rmap/prepare.ts": "export function one(): u32 { return 4; }" });
    await expect(compileEngine({ root, overlays: [[a, layers]] })).resolves.toHaveProperty("wasm");
  });

  test("that change nothing are an error", async () => {
    const access =
      "@inline export function readOnce(at: usize): u32 { return atomic.load<u32>(at) /* same */; }";
    const changes = { "rmap/prepare.ts": "export function prepare(at: usize): u32 { return 3; }" };
    const copy = await overlay("copy", { ...changes, "arch/access.ts": access });
    expect(await failure(copy)).toMatchObject({
      ...{ code: "EOVERLAY", exitCode: 2, files: [join(copy, "arch/access.ts")] },
      message: expect.stringMatching(
        /changes nothing in \S*assembly\/arch\/access\.ts: it has readOnce as there$/,
      ),
    });
    const blank = await overlay("blank", { "arch/access.ts": access, "rmap/prepare.ts": "// nothing" });
    const { message } = (await failure(blank)) as OverlayError;
    expect(message.split("\n")[0]).toBe(`${blank} changes nothing`);
    expect(message).toMatch(/prepare\.ts: it declares nothing$/);
  });

  test("clash with those of the target too", async () => {
    const folder = await overlay("own-arch", {
      "arch/check.ts": "export function check(ok: bool): void { ok; }",
    });
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

  test("in code below name its file, and the overlay that changed what it uses", async () => {
    const folder = await overlay("narrower", {
      "arch/access.ts": "export function readOnce(): u32 { return 1; }",
      "layout.ts": "export const CTL: u32 = 1;",
    });
    const [first] = ((await failure(folder)) as BuildError).diagnostics;
    expect(first).toEqual({
      ...{ file: join(root, "assembly/rmap/prepare.ts"), line: 6, column: 14 },
      message: `Expected 0 arguments, but got 1. (readOnce, which this uses, is from ${join(folder, "arch/access.ts")})`,
    });
  });

  test("of a forgotten export name the base's import, and the overlay that forgot it", async () => {
    const folder = await overlay("forgets", {
      "rmap/prepare.ts": "export function more(): void {}",
      "arch/access.ts": "@inline\nfunction readOnce(at: usize): u32 { return 1; }",
    });
    const [first] = ((await failure(folder)) as BuildError).diagnostics;
    expect(first).toEqual({
      ...{ file: join(root, "assembly/rmap/prepare.ts"), line: 3, column: 14 },
      message: `Module 'assembly/arch/access' has no exported member 'readOnce'. (readOnce, which this uses, is from ${join(folder, "arch/access.ts")})`,
    });
  });

  test("have the columns of an editor, behind a byte order mark and with line ends of Windows", async () => {
    const text =
      "\ufefffunction first(): u32 { return one(); }\r\nexport function prepare(at: usize): u32 {\r\n  return first() + two(at);\r\n}\r\n";
    const folder = await overlay("windows", { "rmap/prepare.ts": text });
    const { diagnostics } = (await failure(folder)) as BuildError;
    const file = join(folder, "rmap/prepare.ts");
    expect(diagnostics).toEqual([
      { file, line: 1, column: text.indexOf("one"), message: "Cannot find name 'one'." },
      { file, line: 3, column: 20, message: "Cannot find name 'two'." },
    ]);
  });

  test("in a file that an overlay adds name it, and what is no declaration there too", async () => {
    const using = 'import { one } from "./one";\nexport function prepare(at: usize): u32 { return one(); }';
    const typo = await overlay("added", {
      "rmap/prepare.ts": using,
      "rmap/one.ts": "\n export function one(): u32 { return nothing; }",
    });
    expect(((await failure(typo)) as BuildError).diagnostics).toEqual([
      { file: join(typo, "rmap/one.ts"), line: 2, column: 38, message: "Cannot find name 'nothing'." },
    ]);
    const loose = await overlay("loose", { "rmap/prepare.ts": using, "rmap/one.ts": "\nlet a: u32 = 1;" });
    expect(await failure(loose)).toMatchObject({
      ...{ code: "EBUILD", exitCode: 5 },
      diagnostics: [{ file: join(loose, "rmap/one.ts"), line: 2, column: 1 }],
    });
  });

  test("in a file of both name the one that has the place", async () => {
    const folder = await overlay("both", {
      "obj/page.ts": "\n\n@unmanaged export class Page { flags: u33; index: u64; }",
    });
    const { diagnostics } = (await failure(folder)) as BuildError;
    expect(diagnostics[0]).toMatchObject({ file: join(folder, "obj/page.ts"), line: 3, column: 39 });
  });

  test("name what is no declaration, with its place", async () => {
    const folder = await overlay("runs", { "layout.ts": "export const CTL: u32 = 1;\n while (true) {}" });
    expect(await failure(folder)).toMatchObject({
      ...{ code: "EBUILD", exitCode: 5 },
      diagnostics: [{ file: join(folder, "layout.ts"), line: 2, column: 2 }],
    });
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
        message: 'this imports the function "host.frob", which no host provides',
      },
    ]);
  });
});

describe("a compilation that would never end", () => {
  // test/variants/thread.test.ts has the same and more of it, and takes its four seconds in `npm test` too.
  test.runIf(WHOLE)("is ended, where the sources loop at their top level", async () => {
    const endless = "function f(): u32 { while (true) {} return 1; }\nexport const CTL: u32 = f();";
    const folder = await overlay("loop", { "layout.ts": endless });
    await expect(compileInThread({ root, overlays: [folder] })).rejects.toMatchObject({
      code: "EWATCHDOG",
      message: expect.stringContaining(join(folder, "layout.ts")),
    });
  });
});
