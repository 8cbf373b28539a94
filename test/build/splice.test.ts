/** An overlay's file over the one below it: what takes whose place, and where each part of the result comes from. */

import { expect, test } from "vitest";
import { placeIn } from "../../dist/build/piece.js";
import type { SourceFile } from "../../dist/build/sources.js";
import { splice } from "../../dist/build/splice.js";

function file(name: string, text: string): SourceFile {
  return { file: name, text };
}

/** The result's text, of two texts. */
function spliced(below: string, over: string): string {
  return splice(file("base.ts", below), file("over.ts", over)).result.text;
}

const BASE = `/** The base. */

import { p, q as r } from "./p";
import * as s from "./s";

/** A. */
const A = 1; // a

/** F. */
@inline
function f(): u32 { return p() + A; }

export function g(): u32 { return r() + s.t(); }
export { u, v } from "./u";
`;

test("a declaration takes the place of its namesake, with its comment, decorators and export", () => {
  expect(spliced(BASE, "/** New. */\nexport function f(): u32 { return A; } // mine")).toBe(`/** The base. */

import { q as r } from "./p";
import * as s from "./s";

/** A. */
const A = 1; // a

/** New. */
export function f(): u32 { return A; } // mine

export function g(): u32 { return r() + s.t(); }
export { u, v } from "./u";
`);
});

test("a new one stands before the next that replaces one, else last", () => {
  const over = "const N = 2;\nfunction g(): u32 { return N; }\nconst A = 3;\nfunction last(): void {}";
  const text = spliced(BASE, over);
  const order = [
    "const A = 3",
    "function f",
    "const N = 2",
    "function g",
    "export { u, v }",
    "function last",
  ];
  const places = order.map((part) => text.indexOf(part));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test("the overlay's story stands on top in place of the base's", () => {
  const text = spliced(BASE, "/** The story. */\n\n/** A. */\nconst A = 2;");
  expect(text.startsWith("/** The story. */\n\nimport")).toBe(true);
  expect(text).not.toContain("The base");
});

test("imports are united by local name, and the overlay's wins", () => {
  const over =
    'import { p } from "./other";\nimport { z } from "./p";\nfunction g(): u32 { return r() + z(); }';
  const text = spliced(BASE, over);
  expect(text).toContain('import { q as r, z } from "./p";\nimport { p } from "./other";\n');
  // Nothing uses it any more.
  expect(text).not.toContain('"./s"');
});

test("a name that one side declares and the other imports is the overlay's", () => {
  const declared = spliced(BASE, "function p(): u32 { return 5; }");
  expect(declared).toContain("function p(): u32 { return 5; }");
  expect(declared).toContain('import { q as r } from "./p";');
  const imported = spliced(BASE, 'import { f } from "./f";\nexport function g(): u32 { return f(); }');
  expect(imported).toContain('import { f } from "./f";');
  expect(imported).not.toContain("function f");
});

test("the re-export of a name is replaced alone", () => {
  const text = spliced(BASE, 'export { w as u } from "./w";');
  expect(text).toContain('export { w as u } from "./w";\nexport { v } from "./u";\n');
  const declared = spliced(BASE, "export function v(): void {}");
  expect(declared).toContain('export { u } from "./u";\nexport function v(): void {}');
});

test("a whole file works too, and what it leaves out stays", () => {
  const whole = BASE.replace("p() + A", "p() - A").replace(/export function g.*\n/, "");
  const { changed, copies, result } = splice(file("base.ts", BASE), file("over.ts", whole));
  expect({ changed, copies }).toEqual({ changed: ["f"], copies: ["A", "u", "v"] });
  expect(result.text).toContain("function g()");
  expect(result.text).toContain("p() - A");
});

test("what differs in comments and space only changes nothing", () => {
  const over = "const A=1 // another\n;\nexport {\n u } from './u'";
  expect(splice(file("base.ts", BASE), file("over.ts", over)).changed).toEqual([]);
  const moved = 'import { p } from "./other";\nconst A = 1;';
  expect(splice(file("base.ts", BASE), file("over.ts", moved)).changed).toEqual(["p"]);
});

test.each([
  ["const A = 2;\nfunction A(): void {}", 2, 10, /A stands twice in this file, first in line 1/],
  ['import { f } from "./f";\nfunction f(): void {}', 2, 10, /f stands twice/],
  ["\n\nconst A = 2, B = 3;", 3, 1, /one const declares one name/],
  ["const A = 2;\n  while (A) {}", 2, 3, /at its top level an overlay's file holds/],
])("%j is an error with its place", (over, line, column, message) => {
  expect(() => splice(file("base.ts", BASE), file("over.ts", over))).toThrow(
    expect.objectContaining({
      code: "EBUILD",
      diagnostics: [{ file: "over.ts", line, column, message: expect.stringMatching(message) }],
    }),
  );
});

test("each place leads back to its file, through several layers", () => {
  const first = splice(
    file("base.ts", BASE),
    file("first.ts", "\n\nfunction f(): u32 { return 77; }"),
  ).result;
  const { result } = splice(first, file("second.ts", "  function g(): u32 { return 88; }\nconst N = 99;"));
  const at = (part: string) => placeIn(result, result.text.indexOf(part));
  expect(at("77")).toEqual({ file: "first.ts", line: 3, column: 28 });
  expect(at("88")).toEqual({ file: "second.ts", line: 1, column: 30 });
  expect(at("99")).toEqual({ file: "second.ts", line: 2, column: 11 });
  expect(at("= 1;")).toEqual({ file: "base.ts", line: 7, column: 9 });
  expect(at('"./u"')).toEqual({ file: "base.ts", line: 14, column: 22 });
});

test("brackets that do not match leave the file whole, for the compiler to say what is wrong", () => {
  const { whole, result } = splice(file("base.ts", BASE), file("over.ts", "function f(: u32 {"));
  expect({ whole, text: result.text }).toEqual({ whole: true, text: "function f(: u32 {" });
  expect(placeIn(result, 11)).toEqual({ file: "over.ts", line: 1, column: 12 });
});

test("each kind of declaration is replaced", () => {
  const kinds = (word: string): string =>
    [
      `enum E { ${word} }`,
      `export const enum F { ${word} }`,
      `interface I { ${word}: u32; }`,
      `type T = ${word};`,
      `namespace N { export const ${word}: u32 = 1; }`,
      `@unmanaged\nexport class C { ${word}: u32; }`,
      `declare function d(${word}: u32): void;`,
    ].join("\n\n");
  const over = kinds("over").split("\n\n").reverse().join("\n\n");
  const { changed, result } = splice(file("base.ts", kinds("base")), file("over.ts", over));
  expect(changed.join("")).toBe("dCNTIFE");
  expect(result.text).toBe(`${kinds("over")}\n`);
});

test("line ends of Windows, and brackets that are none, make no difference", () => {
  const over = [
    "/** Story: { `. */",
    "",
    'import { z } from "./z";',
    "",
    "/** F } */",
    "@inline",
    'function f(): u32 { return g("}", `#{"`"}{`, "{"); } // }',
    "",
  ]
    .join("\r\n")
    .replace("#", "$");
  const { result } = splice(file("base.ts", BASE.replaceAll("\n", "\r\n")), file("over.ts", over));
  expect(result.text.replaceAll("\r", "")).toBe(`/** Story: { \`. */

import { q as r } from "./p";
import * as s from "./s";
import { z } from "./z";

/** A. */
const A = 1; // a

/** F } */
@inline
function f(): u32 { return g("}", \`\${"\`"}{\`, "{"); } // }

export function g(): u32 { return r() + s.t(); }
export { u, v } from "./u";
`);
  const at = result.text.indexOf('g("}"');
  expect(placeIn(result, at)).toEqual({ file: "over.ts", line: 7, column: 28 });
});

test("signatures of one name are a name that stands twice", () => {
  const over = "function f(a: u32): u32;\nfunction f(a: u32, b: u32): u32 { return a; }";
  expect(() => splice(file("base.ts", BASE), file("over.ts", over))).toThrow(/over\.ts:2:10: f stands twice/);
});
