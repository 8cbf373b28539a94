/** The checker of the sources' rules: every rule has a finding, and a clean tree has none. */

import { expect, test } from "vitest";
import { root as repository } from "../support/pages.js";
import { makeProject, removeProject } from "../support/project.js";

const { checkProject } = (await import(
  new URL("../../scripts/check-assembly.mjs", import.meta.url).href
)) as { checkProject(folder: string): Promise<string[]> };

/** Checks the small project with these files; unused exports, which most of them have, only if `exports`. */
async function check(files: Readonly<Record<string, string>>, exports = false): Promise<string[]> {
  const root = await makeProject(files);
  const lines = await checkProject(root);
  await removeProject(root);
  return lines.filter((line) => exports || !/: unused export: /.test(line));
}

test("this repository's sources keep the rules", async () => {
  expect(await checkProject(repository)).toEqual([]);
});

test("a clean tree has no finding", async () => {
  const user = 'import { check } from "./arch/check";\nexport { prepare } from "./rmap/prepare";';
  expect(await check({ "assembly/index.ts": user }, true)).toEqual([]);
});

/** One line each that breaks a rule, and the rule's name in the finding. */
const WRONG: readonly (readonly [line: string, rule: string])[] = [
  ["let counter: u32 = 0;", "module-level let"],
  ["prepare(1);", "top-level statement"],
  ["const now: u32 = prepare(1);", "constant that calls"],
  ["export function f(): void { new Thing(); }", "new"],
  ['export function f(): void { g("text"); }', "string"],
  ["export function f(x: u32): void { g(`$" + "{x}`); }", "string"],
  ["export function f(): void { g([1, 2]); }", "literal object"],
  ["export function f(): void { g((x: u32): u32 => x); }", "closure"],
  ["export function f(): void { function inner(): void {} }", "closure"],
  ["export class Managed { x: u32; }", "managed class"],
  ["export function f(at: usize): u32 { return atomic.load<u32>(at); }", "atomic.load"],
  ["export function f(): void { atomic.fence(); }", "atomic.fence"],
  ["export function f(at: usize): u32 { return load<u32>(at); }", "plain load"],
  ["export function f(at: usize): void { store<u32>(at, 1); }", "plain store"],
  ['import { x } from "../index";', "import to the right"],
  ['import { x } from "./nowhere";', "import"],
  ["// @ts-ignore: decorator", "@ts-ignore"],
  ["export function f(at: usize): void { storeRelease32(at, 1); }", "unpaired"],
  ["// Pairs with prepare in rmap/nowhere.ts.", "pairing"],
  ["// Pairs with prepareOther in rmap/prepare.ts.", "pairing"],
  [`// ${"x".repeat(118)}`, "long line"],
];

test("every rule has its finding, at its line", async () => {
  const files = WRONG.map(([line], i) => [
    `assembly/rmap/wrong${String(i).padStart(2, "0")}.ts`,
    `\n${line}\n`,
  ]);
  const lines = await check(Object.fromEntries(files));
  const found = lines.map((line) => line.split(": ").slice(0, 2).join(": "));
  expect(found).toEqual(WRONG.map(([, rule], i) => `${files[i]?.[0]}:2: ${rule}`));
});

test("what is allowed in its place is no finding", async () => {
  const lines = await check({
    "assembly/arch/cpu.ts": "let base: u32 = 0;\nexport function f(): u32 { return base; }",
    "assembly/pt/walk.ts": "export function f(at: usize): u64 { return load<u64>(at); }",
    "assembly/mem/size.ts":
      'import { Page } from "../obj/page";\nexport const AT = <u32>offsetof<Page>("index");',
  });
  expect(lines).toEqual([]);
});

test("an ordering access may name its partner beside it or in the function's comment", async () => {
  const lines = await check({
    "assembly/rmap/a.ts": `
      export function f(at: usize): void {
        // Pairs with readOnce in arch/access.ts.
        storeRelease32(at, 1);
      }
      /** Publishes. Pairs with readOnce in arch/access.ts. */
      export function g(at: usize): void { rcuAssignPointer(at, 1); }
      export function h(at: usize): void {
        // Orders nothing: nobody looks.
        xchg32(at, 1);
      }`,
  });
  expect(lines).toEqual([]);
});

test("an export needs a user in assembly/ or in a folder that is laid over it", async () => {
  const files = {
    "assembly/index.ts": 'import { a } from "./rmap/a";\nexport { prepare } from "./rmap/prepare";',
    "assembly/rmap/a.ts":
      "export function a(): void {}\nexport function b(): void {}\nexport function c(): void {}",
    "overlays/checked/rmap/prepare.ts":
      'import { b } from "./a";\nexport function prepare(at: usize): u32 { b(); return 0; }',
  };
  const lines = await check(files, true);
  expect(lines).toEqual([
    expect.stringMatching(/^assembly\/arch\/check\.ts:1: unused export: nobody imports check;/),
    expect.stringMatching(/^assembly\/rmap\/a\.ts:3: unused export: nobody imports c;/),
  ]);
});

test("import cycles, overlay files and fences in arch/ are looked at", async () => {
  const lines = await check({
    "assembly/rmap/a.ts": 'import { b } from "./b";',
    "assembly/rmap/b.ts": 'import { a } from "./a";',
    "overlays/checked/sync/lock.ts": "let held: u32 = 0;",
    "assembly/sync/lock.ts": "",
    "assembly/stray/x.ts": "",
    "assembly/arch/barrier.ts": "export function smpMb(): void { atomic.fence(); }",
  });
  expect(lines).toEqual([
    expect.stringMatching(/^assembly\/arch\/barrier\.ts:1: atomic\.fence: /),
    expect.stringMatching(
      /^assembly\/rmap\/[ab]\.ts:1: import cycle: rmap\/a\.ts → rmap\/b\.ts → rmap\/a\.ts;/,
    ),
    expect.stringMatching(/^assembly\/stray\/x\.ts:1: order: stray has no place/),
    expect.stringMatching(/^overlays\/checked\/sync\/lock\.ts:1: module-level let/),
  ]);
});

test("an overlay's imports are looked at together with those of the file below it", async () => {
  const lines = await check({
    // Each is right alone; over the file below, the first closes a circle, and the second leads up.
    "assembly/rmap/a.ts": 'import { b } from "./b";\nexport function a(): u32 { return b(); }',
    "assembly/rmap/b.ts": "export function b(): u32 { return 1; }",
    "overlays/checked/rmap/b.ts": '\nimport { a } from "./a";\nexport function b(): u32 { return a(); }',
    "overlays/model/mem/size.ts":
      '\nimport { b } from "../rmap/b";\nexport function size(): u32 { return b(); }',
    "assembly/mem/size.ts":
      "export function size(): u32 { return 1; }\nexport function other(): u32 { return 2; }",
    // Redirects the import that would be one of a circle.
    "variants/right/rmap/a.ts": 'import { c as b } from "./c";\nexport const C: u32 = 1;',
    "variants/right/rmap/c.ts": "export function c(): u32 { return 3; }",
    "variants/right/rmap/b.ts": 'import { a } from "./a";\nexport function b(): u32 { return a(); }',
    "variants/idle/mem/size.ts": "export function size(): u32 { return 1; }",
    "variants/twice/mem/size.ts":
      "export function size(): u32 { return 5; }\nexport function size(): u32 { return 6; }",
  });
  expect(lines).toEqual([
    expect.stringMatching(/^overlays\/checked\/rmap\/b\.ts:2: import cycle: /),
    expect.stringMatching(/^overlays\/model\/mem\/size\.ts:2: import to the right: /),
    expect.stringMatching(/^variants\/idle\/mem\/size\.ts:1: overlay: .*changes nothing/),
    expect.stringMatching(/^variants\/twice\/mem\/size\.ts:2: overlay: size stands twice/),
  ]);
});

test("a variant's imports are looked at over those of its base", async () => {
  const lines = await check({
    "assembly/rmap/a.ts": "export function a(): u32 { return 1; }",
    "assembly/rmap/b.ts": 'import { a } from "./a";\nexport function b(): u32 { return a(); }',
    "variants/low/variant.json": "{}",
    "variants/low/rmap/b.ts": 'import { c as a } from "./c";\nexport const L: u32 = 1;',
    "variants/low/rmap/c.ts": "export function c(): u32 { return 3; }",
    "variants/high/variant.json": '{ "base": "low" }',
    "variants/high/rmap/c.ts": '\nimport { b } from "./b";\nexport function c(): u32 { return b(); }',
  });
  expect(lines).toEqual([expect.stringMatching(/^variants\/high\/rmap\/c\.ts:2: import cycle: /)]);
});
