/** Names engines by what goes into them, without composing or compiling them: many take a moment. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { builderKey } from "./cache.js";
import { packageRoot } from "./engine.js";

/** Names engines of the package with overlays. Reads each folder once. */
export class EngineKeys {
  readonly #hashes = new Map<string, Promise<string>>();

  /**
   * The key of an engine: with equal keys, equal modules. Another comment in a source is another key. `layers` are
   * folders of overlays. Throws the system's error for a folder that is not readable.
   */
  async keyOf(target: string, layers: readonly string[]): Promise<string> {
    const root = packageRoot();
    const folders = [join(root, "assembly"), join(root, "overlays"), ...layers];
    const parts = await Promise.all([
      builderKey(),
      readFile(join(root, "asconfig.json"), "utf8"),
      ...folders.map((folder) => this.#hashOf(folder)),
    ]);
    return createHash("sha256")
      .update(JSON.stringify([target, parts]))
      .digest("hex");
  }

  #hashOf(folder: string): Promise<string> {
    const known = this.#hashes.get(folder) ?? hashOfSources(folder);
    this.#hashes.set(folder, known);
    return known;
  }
}

/** A hash of the sources below a folder: their paths and texts. */
async function hashOfSources(folder: string): Promise<string> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".ts"));
  const hash = createHash("sha256");
  for (const path of paths.map((path) => path.replaceAll("\\", "/")).sort())
    hash.update(`\0${path}\0`).update(await readFile(join(folder, path)));
  return hash.digest("hex");
}
