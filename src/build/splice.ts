/**
 * Putting an overlay's file into the one below it: each of its declarations takes the place of the one with the same name,
 * and what it leaves out stays as it is.
 */

import type { Declaration, Import } from "./declared.js";
import { BuildError } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import { localNames, type Reading, readingOf, slice, target } from "./reading.js";
import type { SourceFile } from "./sources.js";
import { wordsOf } from "./tokens.js";
import { weave } from "./weave.js";

/** What an overlay's file may have at its top level. */
const DECLARATIONS =
  "at its top level an overlay's file holds imports, functions, classes, enums, interfaces, types, namespaces, consts of one name each and re-exports by name, and nothing else";

/** An overlay's file over one below it. */
export interface Splice {
  /** Names of the declarations that it replaces by other ones, adds, or imports from elsewhere. */
  readonly changed: readonly string[];
  /** The names of those that it has exactly as they are below it. */
  readonly copies: readonly string[];
  /** What it imports under a name that nothing has below: by that name, what and from where. */
  readonly imported: ReadonlyMap<string, string>;
  /** Its brackets do not match, or those of the file below: it was taken whole, for the compiler to say more. */
  readonly whole: boolean;
  /** The declarations below that are replaced by other ones: by name, their words. */
  readonly below: ReadonlyMap<string, string>;
  readonly result: SourceFile;
}

/**
 * Splices an overlay's file into the one below. Throws a BuildError, with the place, for a name that stands twice in one of
 * them, several names in one const, and whatever else is no declaration.
 */
export function splice(below: SourceFile, source: SourceFile): Splice {
  const upper = readingOf(source);
  const lower = readingOf(below);
  // The compiler says what is wrong with it, as long as nothing of another file is mixed in.
  if (!upper.balanced || !lower.balanced) {
    const changed = upper.declarations.map(({ name }) => name);
    return {
      ...{ changed, copies: [], imported: new Map(), whole: true, below: new Map() },
      result: { ...source, replaced: owned(below, source, changed) },
    };
  }
  rejectStrays(upper);
  rejectTwice(upper);
  rejectTwice(lower);
  const copies = upper.declarations.filter((declaration) => isCopy(declaration, upper, lower));
  const names = (list: readonly Declaration[]): string[] => list.map(({ name }) => name);
  const own = upper.declarations.filter((declaration) => !copies.includes(declaration));
  const changed = [...names(own), ...movedImports(upper, lower)];
  const { text, pieces } = weave(lower, upper);
  const replaced = owned(below, source, changed);
  const under = lower.declarations.filter(({ name }) => names(own).includes(name));
  return {
    ...{ changed, copies: names(copies), imported: addedImports(upper, lower), whole: false },
    below: new Map(under.map((declaration) => [declaration.name, wordsIn(declaration, lower)])),
    result: { file: source.file, text, pieces, replaced },
  };
}

/** Throws as {@link splice} for an overlay's file of a path that none below has. */
export function checkAdded(source: SourceFile): void {
  const upper = readingOf(source);
  if (!upper.balanced) return;
  rejectStrays(upper);
  rejectTwice(upper);
}

function owned(
  below: SourceFile,
  source: SourceFile,
  changed: readonly string[],
): ReadonlyMap<string, string> {
  return new Map([...(below.replaced ?? []), ...changed.map((name) => [name, source.file] as const)]);
}

function rejectStrays({ source, strays }: Reading): void {
  if (strays.length === 0) return;
  throw new BuildError(
    strays.map(({ at, why }) => ({
      ...placeIn(source, at),
      message: `${DECLARATIONS}; ${why}`,
    })),
    "An overlay changes single declarations. Move what is to run into a function, and leave out what is to stay as it is.",
  );
}

function rejectTwice({ source, declarations, imports }: Reading): void {
  const seen = new Map<string, number>();
  const locals = [
    ...imports.map(({ local, at }) => ({ name: local, at })),
    ...declarations.filter(({ reexport }) => reexport === undefined),
  ];
  const exported = declarations.filter(({ reexport }) => reexport !== undefined);
  const check = ({ name, at }: { readonly name: string; readonly at: number }): void => {
    const first = seen.get(name);
    seen.set(name, first ?? at);
    if (first === undefined || name === "") return;
    const { line } = placeIn(source, first);
    throw new BuildError([
      {
        ...placeIn(source, at),
        message: `${name} stands twice in this file, first in line ${line}`,
      },
    ]);
  };
  for (const local of locals) check(local);
  for (const { local } of imports) seen.delete(local);
  for (const one of exported) check(one);
}

function isCopy(declaration: Declaration, upper: Reading, lower: Reading): boolean {
  const same = lower.declarations.find(({ name }) => name === declaration.name);
  return same !== undefined && wordsIn(declaration, upper) === wordsIn(same, lower);
}

/** The words of a declaration, by which two are compared; of a re-export, its own alone. */
function wordsIn({ code, reexport }: Declaration, { source }: Reading): string {
  if (reexport === undefined) return wordsOf(slice(source, code));
  return `export { ${wordsOf(slice(source, reexport.what))} } from ${target(slice(source, reexport.from))}`;
}

/** Names of what the lower file has, by a declaration or an import, and the upper one takes from elsewhere. */
function movedImports(upper: Reading, lower: Reading): string[] {
  const declared = localNames(lower);
  return upper.imports
    .filter((imported) => {
      const same = lower.imports.find(({ local }) => local === imported.local);
      return same === undefined
        ? declared.has(imported.local)
        : meaning(upper, imported) !== meaning(lower, same);
    })
    .map(({ local }) => local);
}

/** What an import means: two with the same result are the same. */
function meaning({ source }: Reading, { what, from }: Import): string {
  return `${wordsOf(slice(source, what)).replace(/^(\S+) as \1$/, "$1")} ${target(slice(source, from))}`;
}

function addedImports(upper: Reading, lower: Reading): ReadonlyMap<string, string> {
  const below = new Set([...lower.imports.map(({ local }) => local), ...localNames(lower)]);
  const added = upper.imports.filter(({ local }) => local !== "" && !below.has(local));
  return new Map(added.map((entry) => [entry.local, meaning(upper, entry)]));
}
