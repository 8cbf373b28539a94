/** Compiling an engine: sources, overlays, compiler, Asyncify, and the sections that tell the host about the result. */

import { readFile } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLACES_SECTION } from "../wasm/places.js";
import { appendJsonSections, readJsonSection, readSections, SECTION } from "../wasm/section.js";
import { compilerVersion, compileSources } from "./compiler.js";
import { readTarget, type Target } from "./config.js";
import { BuildError } from "./diagnostic.js";
import { finish } from "./finish.js";
import { rejectImports } from "./imports.js";
import { LAYOUT_SECTION, type Layout, probeLayout } from "./layout.js";
import { applyOverlays, type OverlayFolders, readLayers } from "./overlay.js";
import { readSources, type SourceTree } from "./sources.js";

/** What to compile. */
export interface EngineSource {
  /** Folder with `assembly/` and `asconfig.json`. Default: this package. */
  readonly root?: string;
  /** Target of `asconfig.json`: `release` (default), `checked` or `model`. */
  readonly target?: string;
  /**
   * Overlay folders besides those of the target, such as a protocol variant; relative to the current directory. A list
   * in the list is one overlay of several layers, the lowest first.
   */
  readonly overlays?: readonly OverlayFolders[];
  /** Also give the text format. Default: false. */
  readonly text?: boolean;
}

/** Contents of the custom section `rmap.build`. */
export interface BuildInfo {
  /** Version of the package whose sources were compiled. */
  readonly version: string;
  readonly target: string;
  /** Names of the overlay folders, in order, those of the target first. */
  readonly overlays: readonly string[];
  /** Version of the AssemblyScript compiler. */
  readonly compiler: string;
}

/** A compiled engine. */
export interface CompiledEngine {
  /** The module, with the custom sections `rmap.layout`, `rmap.build` and, if it asks for them, `rmap.places`. */
  readonly wasm: Uint8Array;
  /** Text format of what the compiler made, before Asyncify; only when it was asked for. */
  readonly text?: string;
  readonly layout: Layout;
  readonly info: BuildInfo;
}

/** What a compilation reads, all of it: two equal inputs give the same module. */
export interface EngineInput {
  readonly sources: SourceTree;
  readonly target: Target;
  readonly overlays: readonly string[];
  readonly version: string;
  /** Paths below `assembly/` of what the caller's own overlays replace or add. */
  readonly changed: readonly string[];
}

/** Name of the custom section that says how the module was made. */
export const BUILD_SECTION = "rmap.build";

/** The folder of this package, seen from `dist/build/`. */
export function packageRoot(): string {
  return fileURLToPath(new URL("../..", import.meta.url));
}

/**
 * Reads the sources with the overlays applied. Throws an OverlayError for an overlay that does not fit and a
 * BuildError when the project has no sources.
 */
export async function readInput(source: EngineSource): Promise<EngineInput> {
  const root = source.root ?? packageRoot();
  const target = await readTarget(root, source.target ?? "release");
  const folders = target.overlays.map((folder) => (isAbsolute(folder) ? folder : join(root, folder)));
  const all: OverlayFolders[] = [...folders, ...(source.overlays ?? [])];
  const assembly = join(root, "assembly");
  const base = await readSources(assembly).catch((error: Error) => {
    throw new BuildError([{ file: assembly, line: 0, column: 0, message: error.message }]);
  });
  for (const path of ["index.ts", "layout.ts"]) {
    if (base.has(path)) continue;
    throw new BuildError([
      { file: join(assembly, path), line: 0, column: 0, message: "the engine needs this file" },
    ]);
  }
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const overlays = await readLayers(base, all);
  return {
    sources: applyOverlays(base, overlays),
    changed: [
      ...new Set(
        overlays
          .slice(folders.length)
          .flat()
          .flatMap(({ files }) => [...files.keys()]),
      ),
    ],
    target,
    overlays: all.flat().map((folder) => basename(folder)),
    version,
  };
}

/**
 * Compiles what was read. Throws a BuildError when it does not compile, needs static data, or imports what no host gives.
 * `onProbe` tells when code of the sources themselves begins and ends to run: what they do at their top level.
 */
export async function compileInput(
  input: EngineInput,
  text = false,
  onProbe: (runs: boolean) => void = () => {},
): Promise<CompiledEngine> {
  const { sources, target } = input;
  const { asyncify, noInline, names } = target;
  const compiled = await compileSources(sources, "index.ts", target.options);
  const module = await WebAssembly.compile(compiled as Uint8Array<ArrayBuffer>);
  rejectImports(module, [...asyncify, "build"], sources);
  const layout = await probeLayout(sources, target.options, onProbe);
  const finished = await finish(compiled, { asyncify, noInline, names, text });
  const { wasm, places } = finished;
  rejectStaticData(wasm, sources);
  const { version, overlays } = input;
  const info = { version, target: target.name, overlays, compiler: await compilerVersion() };
  const sections = { [LAYOUT_SECTION]: layout, [BUILD_SECTION]: info };
  const all = places === undefined ? sections : { ...sections, [PLACES_SECTION]: places };
  const result = { wasm: appendJsonSections(wasm, all), layout, info };
  return finished.text === undefined ? result : { ...result, text: finished.text };
}

/** Compiles an engine in this thread. See {@link readInput} and {@link compileInput} for the errors. */
export async function compileEngine(source: EngineSource): Promise<CompiledEngine> {
  return compileInput(await readInput(source), source.text);
}

/** An engine's bytes with what its own sections say about it. Throws a CompileError for bytes that are no module. */
export function describeEngine(wasm: Uint8Array): CompiledEngine {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  return {
    wasm,
    layout: readJsonSection(module, LAYOUT_SECTION) as Layout,
    info: readJsonSection(module, BUILD_SECTION) as BuildInfo,
  };
}

/** Static data would be written again by every CPU's instance, over what the other CPUs made of it. */
function rejectStaticData(wasm: Uint8Array, sources: SourceTree): void {
  if (!readSections(wasm).some(({ id }) => id === SECTION.data)) return;
  throw new BuildError(
    [
      {
        file: sources.get("index.ts")?.file ?? "assembly/index.ts",
        line: 0,
        column: 0,
        message: "the compiled module has static data, which each CPU's instance would write again",
      },
    ],
    "Look for a string, an array, a template, `new` or memory.data() in what changed last.",
  );
}
