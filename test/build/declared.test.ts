/** Finding the declarations of a file: where each begins and ends, with what belongs to it. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { importCompiler } from "../../dist/build/compiler.js";
import { readDeclared } from "../../dist/build/declared.js";
import { packageRoot } from "../../dist/build/index.js";
import { readSources } from "../../dist/build/read-sources.js";
import { wordsOf } from "../../dist/build/tokens.js";

/** The part of the compiler's syntax tree that is read here. */
interface Statement {
  readonly kind: number;
  readonly range: { readonly end: number };
  readonly name?: { readonly text: string };
  readonly declarations?: readonly { readonly name: { readonly text: string } }[];
  readonly members?: readonly { readonly exportedName: { readonly text: string } }[];
}

interface Compiler {
  readonly NodeKind: Readonly<Record<"Import" | "Variable" | "Export" | "Empty", number>>;
  readonly Parser: new () => {
    parseFile(text: string, path: string, isEntry: boolean): void;
    readonly sources: readonly { readonly statements: readonly Statement[] }[];
  };
}

/** What the compiler's own parser finds at the top of a text: `name@end`, and names of re-exports. */
function asCompiled(text: string, { NodeKind, Parser }: Compiler): string[] {
  const parser = new Parser();
  parser.parseFile(text, "x.ts", true);
  const statements = parser.sources[0]?.statements ?? [];
  return statements.flatMap(({ kind, range, name, declarations = [], members = [] }) => {
    if (kind === NodeKind.Import || kind === NodeKind.Empty) return [];
    if (kind === NodeKind.Export) return members.map(({ exportedName }) => exportedName.text);
    const names = kind === NodeKind.Variable ? declarations.map((each) => each.name) : [name];
    return names.map((each) => `${each?.text}@${range.end}`);
  });
}

/** The same, as it is found here. */
function asRead(text: string): string[] {
  return readDeclared(text).declarations.map(({ name, code, reexport }) => {
    const end = text[code.end - 1] === ";" ? code.end - 1 : code.end;
    return reexport ? name : `${name}@${end}`;
  });
}

/** Name and whole text of each declaration. */
function wholes(text: string): [string, string][] {
  return readDeclared(text).declarations.map(({ name, whole }) => [name, text.slice(whole.start, whole.end)]);
}

test("each kind of declaration is found, with its decorators", () => {
  const texts = [
    "@inline\nexport function a(x: u32 = 1): void { if (x) { } }",
    '@external("m", "n")\nexport declare function b(): u32',
    "@unmanaged\nexport class C<T> extends D { x: u32; get y(): u32 { return 1; } }",
    "abstract class E {}",
    "export const enum F { G = 1, H }",
    "interface I { j(): void }",
    "export type K = L<u32, M> | null",
    "namespace N { export const o = 1; const p = 2; }",
    "export const Q: u32 = f<u32, u32>(1, 2) + 3",
    "declare const R: u32;",
    'const S = "} // no comment"',
    "const T = a\n  < b",
  ];
  const found = wholes(texts.join("\n"));
  expect(found.map(([name]) => name).join("")).toBe("abCEFIKNQRST");
  expect(found.map(([, whole]) => whole)).toEqual(texts);
  expect(readDeclared(texts.join("\n"))).toMatchObject({ strays: [], balanced: true });
});

test("comments right above a declaration, and behind it, are its own", () => {
  const text = `/** The file. */

// loose

/** Of a. */
// More of a.
const a = 1; // behind a
const b = 2;
/* of c */ const c = 3; /* behind c */
`;
  expect(wholes(text)).toEqual([
    ["a", "/** Of a. */\n// More of a.\nconst a = 1; // behind a"],
    ["b", "const b = 2;"],
    ["c", "/* of c */ const c = 3; /* behind c */"],
  ]);
});

test("the header is what stands above everything, and no declaration's comment", () => {
  const header = (text: string): string => {
    const { header: range } = readDeclared(text);
    return text.slice(range.start, range.end);
  };
  expect(header('/** H */\nimport { a } from "./a";')).toBe("/** H */");
  expect(header("/** H */\n\n/** a */\nconst a = 1;")).toBe("/** H */");
  expect(header("/** a */\nconst a = 1;")).toBe("");
});

test("imports and re-exports give one name each", () => {
  const text = `import { a, b as c } from "./a"
import * as d from "./d";
import "./e";
export { f, g as h } from "./f";`;
  const { imports, declarations } = readDeclared(text);
  expect(imports.map(({ local }) => local)).toEqual(["a", "c", "d", ""]);
  expect(declarations.map(({ name }) => name)).toEqual(["f", "h"]);
});

test.each([
  ["let a = 1;", "a let, and no const"],
  ["const a = 1, b = 2;", "one const declares one name"],
  ["while (true) {}", "none of them"],
  ["a();", "none of them"],
  ["const a = 1\nb()", "none of them"],
  ['export * from "./a";', "names nothing"],
  ["function a(): void {}\nexport { a };", "before the declaration"],
  ["export default function a(): void {}", "default export"],
  ['import a from "./a";', "in braces"],
])("%j is no list of declarations", (text, why) => {
  expect(readDeclared(text).strays.map((stray) => stray.why)).toEqual([expect.stringContaining(why)]);
});

test("brackets that do not match are noticed, strings and comments aside", () => {
  expect(readDeclared("function a() { (]; }").balanced).toBe(false);
  expect(readDeclared("function a() {").balanced).toBe(false);
  expect(readDeclared("function a() { '{'; `(`; /* [ */ x = /[{]/; } // {").balanced).toBe(true);
});

test("texts are compared without comments and space, and nothing else", () => {
  expect(wordsOf("a( b ) ; // c")).toBe(wordsOf("a(b)\n;"));
  expect(wordsOf("a - -b")).not.toBe(wordsOf("a--b"));
  expect(wordsOf("'a b'")).not.toBe(wordsOf("'a  b'"));
  expect(wordsOf("ab")).not.toBe(wordsOf("a b"));
});

test("what is found in each source of the engine, its overlays and variants is what the compiler finds", async () => {
  const compiler = await importCompiler<Compiler>("assemblyscript");
  let count = 0;
  for (const folder of ["assembly", "overlays", "variants"]) {
    for (const { file, text } of (await readSources(join(packageRoot(), folder))).values()) {
      const found = asRead(text);
      expect(found, file).toEqual(asCompiled(text, compiler));
      count += found.length;
    }
  }
  expect(count).toBeGreaterThan(1000);
});

test.each([
  ["templates in templates", "const a = `#{`}`}{#{ {b: '`'}.b }`;\nfunction f(): void {}"],
  ["brackets in strings", "const a = \"{\\\"[\" + '(\\'{';\nconst b = '\\\\';"],
  [
    "brackets in patterns",
    "const a = /[{]\\/(/g;\nfunction f(): void { if (a) /[{(]/.test(b); }\nconst c = 1;",
  ],
  ["a division behind a bracket", "const a = (b) / c / d;\nconst e = f[0] / g;\nconst h = 1;"],
  ["brackets in comments", "/* { [ ( */ const a = 1; // {\n/** ` */\nconst b = /* } */ 2;"],
  [
    "type arguments in one another",
    "const a: Map<u32, Array<Array<u32>>>= f<Map<u32, u32>, B<C<u32>>>(1);\nconst b = c >>> 1;",
  ],
  ["no semicolons", "const a = b\nconst c = d\n  + 1\ntype E = F\nfunction g(): void {}"],
  [
    "methods of one name",
    "class A { f(a: u32): u32 { return a; } @operator('+') g(b: A): A { return b; } }\nconst b = 1;",
  ],
  [
    "a mark in front of all",
    "\ufeff// a\r\nexport const a = 1;\r\n\r\n@inline\r\n// why\r\nfunction f(): void {}\r\n",
  ],
  ["strange names", "const type = 1;\nconst $_ä1 = 2;\nconst declare = 3;"],
  ["empty statements", ";;const a = 1;;\nfunction f(): void {};"],
  ["nothing", ""],
])("%s are read as the compiler reads them", async (_, written) => {
  const text = written.replaceAll("#{", "$" + "{");
  const compiler = await importCompiler<Compiler>("assemblyscript");
  expect(readDeclared(text)).toMatchObject({ strays: [], balanced: true });
  expect(asRead(text)).toEqual(asCompiled(text, compiler));
});

test.each(['const a = "b;\nconst c = 1;', "const a = `b#{`;", "const a = 1; /* never", "/*", "`#{{}"])(
  "%j has something that nothing ends",
  (text) => expect(readDeclared(text.replaceAll("#{", "$" + "{")).balanced).toBe(false),
);

test("long lists and deep brackets take no time that grows faster than they do", () => {
  const deep = `const a = ${"(".repeat(50_000)}1${")".repeat(50_000)};`;
  expect(readDeclared(deep).declarations).toHaveLength(1);
  expect(readDeclared("`#{".replace("#", "$").repeat(50_000)).balanced).toBe(false);
  expect(
    readDeclared(`const ${Array.from({ length: 50_000 }, (_, i) => `a${i} = 1`).join(", ")};`).strays,
  ).toHaveLength(1);
  expect(readDeclared(`const a = ${"a<".repeat(50_000)}a;`).declarations).toHaveLength(1);
});
