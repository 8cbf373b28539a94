/** Several overlays over one another: who may replace what. */

import { describe, expect, test } from "vitest";
import { layOver, type Overlay } from "../../dist/build/overlay.js";
import type { SourceTree } from "../../dist/build/sources.js";

function tree(folder: string, files: Readonly<Record<string, string>>): SourceTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, { file: `${folder}/${path}`, text }]));
}

function overlay(folder: string, files: Readonly<Record<string, string>>): Overlay {
  return [{ folder, files: tree(folder, files) }];
}

const BASE = tree("assembly", {
  "a.ts":
    'import { x } from "./x";\nexport function f(): u32 { return x(); }\nexport function g(): u32 { return 1; }\n',
  "b.ts": "export const B = 1;\n",
});

/** The text of `a.ts` under overlays, each of one file. */
function under(...texts: string[]): string {
  const overlays = texts.map((text, i) => overlay(`o${i}`, { "a.ts": text }));
  return layOver(BASE, overlays).sources.get("a.ts")?.text ?? "";
}

describe("two overlays that share a file", () => {
  test("are both in it", () => {
    const text = under("export function f(): u32 { return 2; }", "export function g(): u32 { return 3; }");
    expect(text).toContain("return 2;");
    expect(text).toContain("return 3;");
    expect(text).not.toContain("return 1;");
  });

  test.each([
    ["export function f(): u32 { return 2; }", "export function f(): u32 { return 3; }", "f"],
    ["function n(): u32 { return 2; }", "function n(): u32 { return 3; }", "n"],
    ['import { x } from "./y";\nconst N = 1;', 'import { x } from "./z";\nconst M = 1;', "x"],
    ['import { n } from "./y";\nconst N = 1;', 'import { n } from "./z";\nconst M = 1;', "n"],
    ['import { n } from "./y";\nconst N = 1;', "function n(): void {}", "n"],
    ["function n(): void {}", 'import { n } from "./y";\nconst N = 1;', "n"],
  ])("clash when both have a name: %j, %j", (first, second, name) => {
    expect(() => under(first, second)).toThrow(
      `${name} in a.ts is replaced twice: by o0/a.ts and by o1/a.ts`,
    );
  });

  test("may import the same", () => {
    const imported = 'import { n } from "./y";';
    expect(under(`${imported}\nconst N = 1;`, `${imported}\nconst M = 1;`).split(imported)).toHaveLength(2);
  });

  test("are one overlay when they are its layers", () => {
    const layers = ["return 2;", "return 3;"].map((body, i) => ({
      folder: `o${i}`,
      files: tree(`o${i}`, { "a.ts": `export function f(): u32 { ${body} }` }),
    }));
    const { sources, changes } = layOver(BASE, [layers]);
    expect(sources.get("a.ts")?.text).toContain("return 3;");
    expect(changes.map(({ below }) => below.get("f"))).toEqual([
      "export function f ( ) : u32 { return x ( ) ; }",
      "export function f ( ) : u32 { return 2 ; }",
    ]);
  });
});

test("says of each file what it changes, and what it has as it is below", () => {
  const { changes } = layOver(BASE, [
    overlay("o", { "a.ts": "function g(): u32 { return 1; }", "c.ts": "export const C = 1;" }),
  ]);
  expect(changes.map(({ path, names, copies }) => ({ path, names, copies }))).toEqual([
    { path: "a.ts", names: ["g"], copies: [] },
    { path: "c.ts", names: undefined, copies: [] },
  ]);
});

test("refuses a file that changes nothing, and a folder of such", () => {
  const copy = "export function g(): u32 {\n  return 1; // one\n}";
  expect(() => layOver(BASE, [overlay("o", { "a.ts": copy, "b.ts": "export const B = 2;" })])).toThrow(
    /^o\/a\.ts changes nothing in assembly\/a\.ts: it has g as there$/,
  );
  expect(() => layOver(BASE, [overlay("o", { "a.ts": copy, "b.ts": "" })])).toThrow(
    /^o changes nothing\no\/a\.ts changes nothing.*\no\/b\.ts changes nothing.*it declares nothing$/,
  );
});
