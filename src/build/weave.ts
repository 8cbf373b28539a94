/** Two files as one text: the imports of both, and each of the upper file's declarations in its place. */

import type { Declaration, Import, Range } from "./declared.js";
import { Composer } from "./piece.js";
import { localNames, type Reading, slice, target } from "./reading.js";
import type { SourceFile } from "./sources.js";
import { tokensOf } from "./tokens.js";

/**
 * The lower file's text with the upper file's declarations in it, under the upper file's story. Both have been found to hold
 * declarations, and no name twice.
 */
export function weave(lower: Reading, upper: Reading): Composer {
  const body = weaveBody(lower, upper);
  const result = new Composer();
  const header = [upper, lower].find(({ header }) => header.start < header.end);
  if (header !== undefined) result.add(header.source, header.header).lines(2);
  weaveImports(result, lower, upper, body.text);
  const { text, pieces } = body;
  const start = text.length - text.trimStart().length;
  return result.lines(2).add({ file: "", text, pieces }, { start, end: text.length }).lines(1);
}

/** The imports of both, file by file; the lower file's only where something still uses them. */
function weaveImports(result: Composer, lower: Reading, upper: Reading, body: string): void {
  const words = new Set(tokensOf(body).map(({ text }) => text));
  const declared = localNames(upper);
  const imported = new Set(upper.imports.map(({ local }) => local));
  const kept = lower.imports.filter(
    ({ local }) => local === "" || (words.has(local) && !declared.has(local) && !imported.has(local)),
  );
  const files = new Map<string, { readonly side: Reading; readonly entry: Import }[]>();
  const take = (side: Reading, entry: Import): void => {
    const alone = slice(side.source, entry.what);
    // What is not in braces stands in a statement of its own.
    const key = /^\*|^$/.test(alone)
      ? `${alone} ${slice(side.source, entry.from)}`
      : target(slice(side.source, entry.from));
    const list = files.get(key) ?? [];
    list.push({ side, entry });
    files.set(key, list);
  };
  for (const entry of kept) take(lower, entry);
  for (const entry of upper.imports) take(upper, entry);
  for (const list of files.values()) writeImport(result, list);
}

function writeImport(
  result: Composer,
  list: readonly { readonly side: Reading; readonly entry: Import }[],
): void {
  const [first] = list;
  if (first === undefined) return;
  const { side, entry } = first;
  result.write("import ");
  if (entry.local === "") result.add(side.source, entry.from);
  else {
    const braces = !slice(side.source, entry.what).startsWith("*");
    if (braces) result.write("{ ");
    list.forEach((each, i) => {
      if (i > 0) result.write(", ");
      result.add(each.side.source, each.entry.what);
    });
    result.write(braces ? " } from " : " from ").add(side.source, entry.from);
  }
  result.write(";\n");
}

/** The lower file's text behind its imports, with the upper file's declarations in it. */
function weaveBody(lower: Reading, upper: Reading): Composer {
  const body = new Composer();
  const imported = new Set(upper.imports.map(({ local }) => local));
  const pending = [...upper.declarations];
  const below = new Set(lower.declarations.map(({ name }) => name));
  /** Writes the one that replaces `name`, behind the new ones that stand before it. */
  const putAt = (name: string): void => {
    const index = pending.findIndex((declaration) => declaration.name === name);
    let first = index;
    while (first > 0 && !below.has(pending[first - 1]?.name ?? "")) first--;
    pending.splice(first, index - first + 1).forEach((declaration, i, all) => {
      write(body, upper.source, declaration);
      if (i < all.length - 1) body.lines(isLong(upper, declaration) ? 2 : 1);
    });
  };
  const names = new Set(upper.declarations.map(({ name }) => name));
  let at = lower.header.end;
  for (const part of statements(lower)) {
    body.add(lower.source, { start: at, end: part.whole.start });
    at = part.whole.end;
    const local = part.declarations.filter(
      ({ name, reexport }) => reexport === undefined && imported.has(name) && !names.has(name),
    );
    const touched = part.declarations.filter(({ name }) => names.has(name));
    if (part.declarations.length > 0 && touched.length === 0 && local.length === 0)
      body.add(lower.source, part.whole);
    else {
      for (const declaration of part.declarations) {
        if (names.has(declaration.name)) putAt(declaration.name);
        else if (!local.includes(declaration)) write(body, lower.source, declaration);
      }
    }
  }
  body.add(lower.source, { start: at, end: lower.source.text.length });
  for (const declaration of pending) {
    body.lines(2);
    write(body, upper.source, declaration);
  }
  return body;
}

/** True when a declaration takes more than one line. */
function isLong({ source }: Reading, { whole }: Declaration): boolean {
  return slice(source, whole).includes("\n");
}

/** The statements of a file in order: an import has no declaration, a re-export several. */
function statements({ declarations, importStatements }: Reading): {
  readonly whole: Range;
  readonly declarations: readonly Declaration[];
}[] {
  const byStart = new Map<number, { whole: Range; declarations: Declaration[] }>();
  for (const whole of importStatements) byStart.set(whole.start, { whole, declarations: [] });
  for (const declaration of declarations) {
    const found = byStart.get(declaration.whole.start);
    if (found) found.declarations.push(declaration);
    else byStart.set(declaration.whole.start, { whole: declaration.whole, declarations: [declaration] });
  }
  return [...byStart.values()].sort((a, b) => a.whole.start - b.whole.start);
}

function write(body: Composer, source: SourceFile, { whole, reexport }: Declaration): void {
  if (reexport === undefined) body.add(source, whole);
  else {
    body
      .write("export { ")
      .add(source, reexport.what)
      .write(" } from ")
      .add(source, reexport.from)
      .write(";\n");
  }
}
