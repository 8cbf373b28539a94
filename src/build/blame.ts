/** Which overlay is at the bottom of a mistake that the compiler found in code that no overlay has written. */

import type { Range } from "./declared.js";
import { pieceAt } from "./piece.js";
import { type SourceFile, type SourceTree, shown } from "./sources.js";
import { tokensOf } from "./tokens.js";

/** A message of the compiler on a part of a source's text. */
export interface Found {
  readonly range: Range;
  readonly message: string;
}

/**
 * Says which overlay changed what the code uses in which a mistake was found; undefined when the code is an overlay's own,
 * or there is none. `path` is the source's, below `assembly/`.
 */
export function blame(sources: SourceTree, path: string, { range, message }: Found): string | undefined {
  const source = sources.get(path);
  const files = new Map<string, Set<string>>();
  for (const { replaced } of sources.values()) {
    for (const [name, file] of replaced ?? []) files.set(file, (files.get(file) ?? new Set()).add(name));
  }
  if (source === undefined || files.size === 0) return undefined;
  if (isOverlays(source, range, files)) return undefined;
  // The topmost overlay first: what the package's own bring along has been compiled before.
  const changes = [...files].reverse().flatMap(([file, names]) => [...names].map((name) => ({ name, file })));
  for (const words of nearby(source, range, message)) {
    const change = changes.find(({ name }) => words.has(name));
    if (change !== undefined) return `${change.name}, which this uses, is from ${shown(change.file)}`;
  }
  const [file] = [...files.keys()].reverse();
  return `changed by ${shown(file ?? "")}`;
}

function isOverlays(source: SourceFile, { start }: Range, files: ReadonlyMap<string, unknown>): boolean {
  return source.pieces === undefined
    ? source.replaced !== undefined
    : files.has(pieceAt(source, start).origin.file);
}

/** Names that a mistake may have to do with, the likeliest first: in the message, at the place, in its line, around it. */
function nearby(source: SourceFile, { start, end }: Range, message: string): ReadonlySet<string>[] {
  const { text } = source;
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const to = text.indexOf("\n", end);
  const line = text.slice(from, to < 0 ? text.length : to);
  const before =
    text
      .slice(0, start)
      .split(/\n(?=\S)/)
      .at(-1) ?? "";
  const around = before + (text.slice(start).split(/\n(?=\S)/)[0] ?? "");
  const quoted = [...message.matchAll(/'([^']*)'/g)].map(([, words = ""]) => words).join(" ");
  return [quoted, text.slice(start, end), line, around, text].map(
    (part) => new Set(tokensOf(part).map((token) => token.text)),
  );
}
