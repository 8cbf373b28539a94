/** Where to look when the compiler gives up without naming a place: what in the sources is unlike all others. */

import type { Diagnostic } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";

/** Brackets in one another that no source of an engine comes near. */
const DEEP = 200;
/** Characters of one statement that none comes near. */
const LONG = 5000;

/** Strings, templates and comments: brackets in them are none. */
const OPAQUE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/g;

/**
 * The place of a source file that most probably brought the compiler down, with a message for it: where brackets stand
 * too deep in one another, or the longest statement; else the beginning of the first of the `changed` files.
 */
export function suspect(sources: SourceTree, changed: readonly string[], message: string): Diagnostic {
  const paths = [...changed, ...[...sources.keys()].filter((path) => !changed.includes(path))];
  for (const [find, what] of [
    [deepest, "brackets stand too deep in one another here"],
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

/** As long as the text, and empty; lines stay lines. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Where brackets first stand too deep in one another. */
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

/** Where the first statement begins that is too long. */
function longest(text: string): number | undefined {
  let start = 0;
  for (const part of text.split(/[;{}]/)) {
    const words = part.trimStart();
    if (words.trimEnd().length > LONG) return start + part.length - words.length;
    start += part.length + 1;
  }
  return undefined;
}
