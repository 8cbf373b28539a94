/** The AssemblyScript sources of a build, by their path below `assembly/`. */

import { readDeclared } from "./declared.js";
import type { Pieced } from "./piece.js";

/** One source file: its path on disk, and its text. For a composed file the path is the topmost overlay's. */
export interface SourceFile extends Pieced {
  /**
   * What overlays changed in it: names of declarations, with the overlay's file on disk, the lowest overlay's first. Empty
   * for a file that an overlay adds, undefined for one that none touches.
   */
  readonly replaced?: ReadonlyMap<string, string>;
}

/** Sources by path below `assembly/`, with `/` between folders: `rmap/prepare.ts`. */
export type SourceTree = ReadonlyMap<string, SourceFile>;

/** A path for a message: as it is, or quoted when it is not one line of plain text. */
export function shown(path: string): string {
  return /[\p{Cc}\u2028\u2029]/u.test(path) ? JSON.stringify(path) : path;
}

/** The paths (below `assembly/`, with `.ts`) that a file imports or re-exports by relative specifiers. */
export function importsOf(path: string, text: string): string[] {
  const folder = path.split("/").slice(0, -1);
  const { imports, declarations } = readDeclared(text);
  const ranges = [...imports, ...declarations.flatMap(({ reexport = [] }) => reexport)].map(
    ({ from }) => from,
  );
  const specifiers = new Set(ranges.map(({ start, end }) => text.slice(start + 1, end - 1)));
  return [...specifiers]
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => {
      const parts = [...folder];
      for (const part of specifier.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== ".") parts.push(part);
      }
      const target = parts.join("/");
      return target.endsWith(".ts") ? target : `${target}.ts`;
    });
}
