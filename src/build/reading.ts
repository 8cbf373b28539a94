/** A source file together with what stands at its top level. */

import { type Declared, type Range, readDeclared } from "./declared.js";
import type { SourceFile } from "./sources.js";

/** A file that was read. */
export interface Reading extends Declared {
  readonly source: SourceFile;
}

/** Reads a file. */
export function readingOf(source: SourceFile): Reading {
  return { ...readDeclared(source.text), source };
}

/** A part of a file's text. */
export function slice({ text }: SourceFile, { start, end }: Range): string {
  return text.slice(start, end);
}

/** A file's name in an import, without quotes and ending. */
export function target(from: string): string {
  return from.slice(1, -1).replace(/\.ts$/, "");
}

/** Names that a file's own declarations give to itself. */
export function localNames({ declarations }: Reading): ReadonlySet<string> {
  return new Set(declarations.filter(({ reexport }) => reexport === undefined).map(({ name }) => name));
}
