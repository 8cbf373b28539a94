/** Reads `asconfig.json`: the one file with the compiler's options and the overlays of each build. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "./diagnostic.js";
import { type ConfigFile, noTarget, type Target, targetsOf } from "./target.js";

/** Reads every target of `root/asconfig.json`. Throws a BuildError when the file is missing or is not JSON. */
export async function readTargets(root: string): Promise<Target[]> {
  const file = join(root, "asconfig.json");
  let config: ConfigFile;
  try {
    config = JSON.parse(await readFile(file, "utf8")) as ConfigFile;
  } catch (error) {
    throw new BuildError([{ file, line: 0, column: 0, message: (error as Error).message }]);
  }
  return targetsOf(config);
}

/** One target by name. Throws a BuildError that lists the known targets. */
export async function readTarget(root: string, name: string): Promise<Target> {
  const targets = await readTargets(root);
  const target = targets.find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  const message = noTarget(name, targets);
  throw new BuildError([{ file: join(root, "asconfig.json"), line: 0, column: 0, message }]);
}
