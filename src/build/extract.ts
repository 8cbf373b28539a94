/** Declarations of the engine as files of an overlay, ready to be changed. */

import { nearest } from "../text/nearest.js";
import { type Declaration, type Declared, type Range, readDeclared } from "./declared.js";
import type { SourceTree } from "./sources.js";
import { tokensOf } from "./tokens.js";

/** Where a declaration of the engine stands. */
export interface Found {
  /** Below `assembly/`. */
  readonly path: string;
  readonly name: string;
}

/** What was asked for, looked up. */
export interface Lookup {
  /** Every declaration of the name: more than one where several files have one. */
  readonly found: readonly Found[];
  /** The declarations of the nearest names, best first, when none has this one. */
  readonly near: readonly Found[];
}

/** Finds declarations by name; `rmap/prepare.ts:anonVmaPrepare` asks for the one of that file. */
export function lookUp(sources: SourceTree, wanted: readonly string[]): Lookup[] {
  const all = [...sources].flatMap(([path, { text }]) =>
    readDeclared(text).declarations.map(({ name, reexport }) => ({
      path,
      name,
      passes: reexport !== undefined,
    })),
  );
  return wanted.map((word) => {
    const colon = word.lastIndexOf(":");
    const [file, name] = colon < 0 ? [undefined, word] : [word.slice(0, colon), word.slice(colon + 1)];
    const named = all.filter((each) => each.name === name && (file === undefined || each.path === file));
    // A file that only passes the name on does not declare it.
    const own = named.filter(({ passes }) => !passes);
    const found = own.length > 0 ? own : named;
    if (found.length > 0) return { found, near: [] };
    const names = nearNames(name, [...new Set(all.map((each) => each.name))]);
    return { found, near: names.flatMap((near) => all.filter((each) => each.name === near)) };
  });
}

/** Names that contain the one that was asked for, then those that are spelled much like it: three. */
function nearNames(name: string, all: readonly string[]): string[] {
  const part = name.toLowerCase();
  const containing = part.length < 3 ? [] : all.filter((other) => other.toLowerCase().includes(part));
  return [...new Set([...nearest(name, containing), ...nearest(name, all)])].slice(0, 3);
}

/** An overlay's file with some declarations of a source as they are, in its order, and the imports that they need. */
export function extract(text: string, names: ReadonlySet<string>, header: string): string {
  const declared = readDeclared(text);
  const chosen = declared.declarations.filter(({ name }) => names.has(name));
  const body = chosen.map((declaration) => textOf(text, declaration)).join("\n\n");
  return `${[header, importsFor(text, declared, body), body].filter(Boolean).join("\n\n")}\n`;
}

function slice(text: string, { start, end }: Range): string {
  return text.slice(start, end);
}

function textOf(text: string, { whole, reexport }: Declaration): string {
  if (reexport === undefined) return slice(text, whole);
  return `export { ${slice(text, reexport.what)} } from ${slice(text, reexport.from)};`;
}

/** The import statements of what a text uses. */
export function importsFor(text: string, { imports }: Pick<Declared, "imports">, body: string): string {
  const words = new Set(tokensOf(body).map((token) => token.text));
  const files = new Map<string, string[]>();
  const lines: string[] = [];
  for (const { local, what, from } of imports) {
    if (!words.has(local)) continue;
    const name = slice(text, what);
    const file = slice(text, from);
    if (name.startsWith("*")) lines.push(`import ${name} from ${file};`);
    else files.set(file, [...(files.get(file) ?? []), name]);
  }
  const named = [...files].map(([file, list]) => `import { ${list.join(", ")} } from ${file};`);
  return [...named, ...lines].join("\n");
}
