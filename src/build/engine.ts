/** Compiles an engine from the folders of a package: sources, target and overlays. */

import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.js";
import { optionsOf, show } from "../text/arguments.js";
import { readTarget } from "./config.js";
import { BuildError } from "./diagnostic.js";
import {
  type CompiledEngine,
  compileInput,
  type EngineInput,
  inputOf,
  missingSource,
} from "./engine-input.js";
import type { OverlayFolders } from "./overlay.js";
import { readLayers } from "./read-layers.js";
import { readSources } from "./read-sources.js";

/** What to compile. */
export interface EngineSource {
  /** Folder with `assembly/` and `asconfig.json`. Default: this package. */
  readonly root?: string;
  /** Target of `asconfig.json`: `release` (default), `checked` or `model`. */
  readonly target?: string;
  /**
   * Overlay folders besides those of the target, such as a protocol variant; relative to the current directory. An
   * inner list is one overlay of several layers, the lowest first.
   */
  readonly overlays?: readonly OverlayFolders[];
  /**
   * Count how often the caller's own declarations run, and their branches: see the section `rmap.cover`. Without overlays
   * of the caller's, those of the engine itself. Default: false.
   */
  readonly cover?: boolean;
  /** Also give the text format. Default: false. */
  readonly text?: boolean;
}

/** The folder of this package, seen from `dist/build/`. */
export function packageRoot(): string {
  return fileURLToPath(new URL("../..", import.meta.url));
}

/**
 * Reads the sources with the overlays applied. Throws UsageError for options that make no sense, an OverlayError for an
 * overlay that does not fit and a BuildError when the project has no sources.
 */
export async function readInput(given: EngineSource | undefined): Promise<EngineInput> {
  const source: EngineSource = optionsOf("the engine to compile", given, SOURCE_NAMES);
  const overlays = overlaysOf(source.overlays);
  const root = source.root ?? packageRoot();
  const target = await readTarget(root, source.target ?? "release");
  const folders = target.overlays.map((folder) => (isAbsolute(folder) ? folder : join(root, folder)));
  const all: OverlayFolders[] = [...folders, ...overlays];
  const assembly = join(root, "assembly");
  const base = await readSources(assembly).catch((error: Error) => {
    throw new BuildError([{ file: assembly, line: 0, column: 0, message: error.message }]);
  });
  const missing = missingSource(base);
  if (missing !== undefined) {
    throw new BuildError([
      { file: join(assembly, missing), line: 0, column: 0, message: "the engine needs this file" },
    ]);
  }
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const layers = await readLayers(base, all);
  return inputOf({ base, version, target, overlays: layers, cover: source.cover });
}

/** A text has letters, and each would count as a folder. */
function overlaysOf(overlays: unknown = []): readonly OverlayFolders[] {
  if (Array.isArray(overlays)) return overlays as readonly OverlayFolders[];
  throw new UsageError(
    `overlays must be an array of folders, not ${show(overlays)}`,
    'write overlays: ["my-idea"]',
  );
}

const SOURCE_NAMES = Object.keys({
  root: 0,
  target: 0,
  overlays: 0,
  cover: 0,
  text: 0,
} satisfies Record<keyof EngineSource, 0>) as (keyof EngineSource)[];

/** Compiles an engine in this thread. Throws an OverlayError for an overlay that does not fit, and
 * a BuildError for what does not compile. */
export async function compileEngine(source?: EngineSource): Promise<CompiledEngine> {
  return compileInput(await readInput(source), source?.text);
}
