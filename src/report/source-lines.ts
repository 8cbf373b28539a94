/** The source lines of a story's places, from the files of the package and of a variant. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { packageRoot } from "../build/engine.js";
import type { Variant } from "../scenario/variant.js";

/** A line of a source file, with its number. */
export interface SourceLine {
  readonly number: number;
  readonly text: string;
}

/** Lines shown before and after the one that counts. */
const AROUND = 2;

/** Reads source lines of one variant. Keeps the files that it has read. */
export class SourceReader {
  readonly #folders: ReadonlyMap<string, string>;
  readonly #files = new Map<string, Promise<readonly string[]>>();

  constructor({ layers }: Variant) {
    const overlays = ["checked", "model"].map(
      (name) => [name, join(packageRoot(), "overlays", name)] as const,
    );
    this.#folders = new Map([
      ["assembly", join(packageRoot(), "assembly")],
      ...overlays,
      ...layers.map((folder) => [basename(folder), folder] as const),
    ]);
  }

  /** The lines around a place such as `assembly/rmap/prepare.ts`, 32; empty when the file is not there. */
  async around(file: string, line: number): Promise<readonly SourceLine[]> {
    if (line === 0) return [];
    const lines = await this.#read(file);
    const first = Math.max(1, line - AROUND);
    return lines.slice(first - 1, line + AROUND).map((text, index) => ({ number: first + index, text }));
  }

  #read(file: string): Promise<readonly string[]> {
    const slash = file.indexOf("/");
    const folder = this.#folders.get(file.slice(0, slash));
    if (folder === undefined) return Promise.resolve([]);
    const path = join(folder, file.slice(slash + 1));
    const known =
      this.#files.get(path) ??
      readFile(path, "utf8").then(
        (text) => text.split("\n"),
        () => [],
      );
    this.#files.set(path, known);
    return known;
  }
}
