/** Reads folders of AssemblyScript sources. */

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { named } from "../errors.js";
import { kindOf } from "../platform/plain-file.js";
import { type SourceFile, type SourceTree, shown } from "./sources.js";

/** Limit of files and folders in a folder of sources: about twenty times as many as in `assembly/`. */
const MOST_ENTRIES = 4096;
/** Limit of the bytes of its source files. */
const MOST_BYTES = 16 * 2 ** 20;
/** Limit of nested folders. */
const MOST_LEVELS = 16;

/** A folder is not a folder of sources. `entry` is the path on disk of the file or folder that shows it. */
export class SourcesError extends Error {
  static {
    named(SourcesError, "SourcesError");
  }

  readonly entry: string;

  constructor(entry: string, message: string) {
    super(message);
    this.entry = entry;
  }
}

/**
 * Reads every `.ts` file below a folder, except in `.git`. Rejects with the file system's error when something is not
 * readable. Rejects with a SourcesError for a link or another special file, and for more files than sources could
 * have.
 */
export async function readSources(folder: string): Promise<SourceTree> {
  const walk = new Walk();
  await walk.into(folder, "", 0);
  const tree = new Map<string, SourceFile>();
  let bytes = 0;
  for (const path of walk.paths.sort()) {
    const file = join(folder, path);
    bytes += (await stat(file)).size;
    if (bytes > MOST_BYTES) {
      const most = `${MOST_BYTES / 2 ** 20} MiB`;
      throw new SourcesError(file, `${shown(folder)} has more than ${most} of source files`);
    }
    // Without the mark that some editors put before the first character: it would count as a column.
    const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
    tree.set(path, { file, text });
  }
  return tree;
}

/** A walk through a folder, with limits. */
class Walk {
  readonly paths: string[] = [];
  #left = MOST_ENTRIES;

  async into(folder: string, below: string, level: number): Promise<void> {
    const here = join(folder, below);
    const entries = await readdir(here, { withFileTypes: true });
    this.#left -= entries.length;
    if (this.#left < 0) {
      throw new SourcesError(here, `${shown(folder)} has more than ${MOST_ENTRIES} files and folders`);
    }
    for (const entry of entries) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name === ".git") continue;
        if (level === MOST_LEVELS)
          throw new SourcesError(join(folder, path), `${shown(join(folder, path))} is nested too deep`);
        await this.into(folder, path, level + 1);
      } else if (!entry.isFile()) {
        const file = join(folder, path);
        throw new SourcesError(file, `${shown(file)} is ${kindOf(entry)}, not a file`);
      } else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) {
        this.paths.push(path);
      }
    }
  }
}
