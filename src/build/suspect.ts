/** Finds the likely place when the compiler gives up without naming one: the most unusual statement of the sources. */

import type { Diagnostic } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";

/** Nested brackets: far more than any source of an engine has. */
const DEEP = 200;
/** Characters of one statement: far more than any has. */
const LONG = 5000;

/** Strings, templates and comments: their brackets do not count. */
const OPAQUE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/g;

/**
 * The place that most probably crashed the compiler, with a message: where brackets are nested too deep, or the
 * longest statement. Otherwise the beginning of the first of the `changed` files.
 */
export function suspect(sources: SourceTree, changed: readonly string[], message: string): Diagnostic {
  const paths = [...changed, ...[...sources.keys()].filter((path) => !changed.includes(path))];
  for (const [find, what] of [
    [deepest, "brackets are nested too deep here"],
    [longest, "this statement is too long"],
  ] as const) {
    for (const path of paths) {
      const source = sources.get(path);
      const at = source && find(source.text.replace(OPAQUE, blank));
      if (source && at !== undefined) return { ...placeIn(source, at), message: `${what}: ${message}` };
    }
  }
  const [first = "index.ts"] = changed;
  const file = sources.get(first)?.file ?? first;
  return { file, line: 1, column: 1, message };
}

/** Blanks in place of the text: as long, with the same line breaks. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** The first place where brackets are nested too deep. */
function deepest(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
    if (depth > DEEP) return at;
  }
  return undefined;
}

/** The beginning of the first statement that is too long. */
function longest(text: string): number | undefined {
  let start = 0;
  for (const part of text.split(/[;{}]/)) {
    const words = part.trimStart();
    if (words.trimEnd().length > LONG) return start + part.length - words.length;
    start += part.length + 1;
  }
  return undefined;
}
