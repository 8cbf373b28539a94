/** Compiles an engine from texts: in a page or a worker, where there are no folders. */

import { UsageError } from "../errors.js";
import { optionsOf, show } from "../text/arguments.js";
import { BuildError, OverlayError } from "./diagnostic.js";
import { type CompiledEngine, compileInput, inputOf, missingSource } from "./engine-input.js";
import { type Overlay, rejectStrays } from "./overlay.js";
import type { SourceTree } from "./sources.js";
import { type ConfigFile, noTarget, targetsOf } from "./target.js";

/** Texts of source files, by path below `assembly/`: `rmap/prepare.ts`. */
export type SourceTexts = Readonly<Record<string, string>>;

/** The engine's sources. */
export interface EngineSources {
  /** Version of the package that they belong to. */
  readonly version: string;
  /** What `asconfig.json` says. */
  readonly config: ConfigFile;
  readonly assembly: SourceTexts;
  /** The targets' overlays, by their paths in `config`. */
  readonly overlays: Readonly<Record<string, SourceTexts>>;
}

/** An overlay of your own: declarations that replace those of the engine. */
export interface MemoryOverlay {
  /** Its name, for messages and the module's own description. */
  readonly name: string;
  readonly files: SourceTexts;
}

/** What to compile. */
export interface MemorySource {
  /** The engine's sources. Default: the package's own, which a bundle brings along. */
  readonly sources?: EngineSources;
  /** `release` (default), `checked`, `stress` or `model`. */
  readonly target?: string;
  /** Your overlays, besides those of the target. No two may replace the same declaration. */
  readonly overlays?: readonly MemoryOverlay[];
  /** Count how often your own declarations run, and their branches. Default: false. */
  readonly cover?: boolean;
  /** Also give the text format. Default: false. */
  readonly text?: boolean;
}

/**
 * Compiles an engine on the calling thread, for seconds: call it in a worker. Throws an OverlayError for an overlay that does
 * not fit, and a BuildError, with file, line and column, for what does not compile.
 */
export async function compileEngine(given?: MemorySource): Promise<CompiledEngine> {
  const source: MemorySource = optionsOf("the engine to compile", given, SOURCE_NAMES);
  if (!Array.isArray(source.overlays ?? []))
    throw new UsageError(`overlays must be an array of { name, files }, not ${show(source.overlays)}`);
  const { version, config, assembly, overlays } =
    source.sources ?? ((await import("../engine-sources.js")).sources as EngineSources);
  const targets = targetsOf(config);
  const name = source.target ?? "release";
  const target = targets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new BuildError([at("asconfig.json", noTarget(name, targets))]);
  const base = treeOf("assembly", assembly);
  const missing = missingSource(base);
  if (missing !== undefined) throw new BuildError([at(`assembly/${missing}`, "the engine needs this file")]);
  const theirs = target.overlays.map((folder) => ({ name: folder, files: overlays[folder] ?? {} }));
  const all = [...theirs, ...(source.overlays ?? [])].map((overlay) => overlayOf(base, overlay));
  const input = inputOf({ base, version, target, overlays: all, cover: source.cover });
  return compileInput(input, source.text);
}

const SOURCE_NAMES = Object.keys({
  sources: 0,
  target: 0,
  overlays: 0,
  cover: 0,
  text: 0,
} satisfies Record<keyof MemorySource, 0>) as (keyof MemorySource)[];

function overlayOf(base: SourceTree, { name, files }: MemoryOverlay): Overlay {
  const layer = { folder: name, files: treeOf(name, files) };
  if (layer.files.size === 0) {
    throw new OverlayError(
      `the overlay ${name} has no .ts file`,
      [name],
      "Give it a declaration that you want to replace, in a file of the same path as below assembly/.",
    );
  }
  rejectStrays(base, layer);
  return [layer];
}

function treeOf(folder: string, files: SourceTexts): SourceTree {
  const sources = Object.entries(files).filter(([path]) => path.endsWith(".ts") && !path.endsWith(".d.ts"));
  return new Map(
    sources
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, text]) => [path, { file: `${folder}/${path}`, text }]),
  );
}

function at(file: string, message: string) {
  return { file, line: 0, column: 0, message };
}
