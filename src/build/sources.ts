/** The AssemblyScript sources of a build, by their path below `assembly/`. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One source file: where it stands on disk, and its text. */
export interface SourceFile {
  /** Path on disk, for messages. */
  readonly file: string;
  readonly text: string;
}

/** Sources by path below `assembly/`, with `/` between folders: `rmap/prepare.ts`. */
export type SourceTree = ReadonlyMap<string, SourceFile>;

/** Reads every `.ts` file below a folder. Rejects with the file system's error when the folder is missing. */
export async function readSources(folder: string): Promise<SourceTree> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const tree = new Map<string, SourceFile>();
  for (const file of paths) {
    const path = file.slice(join(folder, "/").length).replaceAll("\\", "/");
    tree.set(path, { file, text: await readFile(file, "utf8") });
  }
  return tree;
}

/** The paths (below `assembly/`, with `.ts`) that a file imports or re-exports by relative specifiers. */
export function importsOf(path: string, text: string): string[] {
  const base = path.split("/").slice(0, -1);
  const specifiers = text.matchAll(/^\s*(?:import|export)\b[^;"']*?from\s*["'](\.[^"']*)["']/gm);
  return [...specifiers].map(([, specifier = ""]) => {
    const parts = [...base];
    for (const part of specifier.split("/")) {
      if (part === "..") parts.pop();
      else if (part !== ".") parts.push(part);
    }
    const target = parts.join("/");
    return target.endsWith(".ts") ? target : `${target}.ts`;
  });
}
