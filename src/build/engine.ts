/** Compiles an engine: sources, overlays, compiler, Asyncify, and the sections that describe the module to the host. */

import { readFile } from "node:fs/promises";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLACES_SECTION } from "../wasm/places.js";
import { LINES_SECTION, PLAIN_SECTION } from "../wasm/plain.js";
import { appendJsonSections, readJsonSection, readSections, SECTION } from "../wasm/section.js";
import { compilerVersion, compileSources, locateLine } from "./compiler.js";
import { readTarget, type Target } from "./config.js";
import { COVER_SECTION, type Covered, CoverPass } from "./cover.js";
import { BuildError } from "./diagnostic.js";
import { finish } from "./finish.js";
import { rejectImports } from "./imports.js";
import { LAYOUT_SECTION, type Layout, probeLayout } from "./layout.js";
import { type Change, layOver, type Overlay, type OverlayFolders, readLayers } from "./overlay.js";
import type { Locate } from "./plain.js";
import { readSources, type SourceTree } from "./sources.js";

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
   * Count how often the caller's own declarations run, and their branches: see {@link COVER_SECTION}. Without overlays
   * of the caller's, those of the engine itself. Default: false.
   */
  readonly cover?: boolean;
  /** Also give the text format. Default: false. */
  readonly text?: boolean;
}

/** Contents of the custom section `rmap.build`. */
export interface BuildInfo {
  /** Version of the package that the sources belong to. */
  readonly version: string;
  readonly target: string;
  /** Names of the overlay folders, in order, those of the target first. */
  readonly overlays: readonly string[];
  /** Version of the AssemblyScript compiler. */
  readonly compiler: string;
}

/** A compiled engine. */
export interface CompiledEngine {
  /**
   * The module, with the custom sections `rmap.layout`, `rmap.build` and, for targets that ask for it, `rmap.places`,
   * `rmap.plain` and `rmap.lines`.
   */
  readonly wasm: Uint8Array;
  /** Text format of the compiler's output, before Asyncify; present only on request. */
  readonly text?: string;
  readonly layout: Layout;
  readonly info: BuildInfo;
}

/** Everything that a compilation reads. Equal inputs give the same module. */
export interface EngineInput {
  readonly sources: SourceTree;
  readonly target: Target;
  readonly overlays: readonly string[];
  readonly version: string;
  /** Paths below `assembly/` that the caller's own overlays replace or add. */
  readonly changed: readonly string[];
  /** Where to count what runs; undefined: nowhere. */
  readonly covered?: readonly Covered[];
}

/** Name of the custom section that describes how the module was built. */
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
  const { sources, changes } = layOver(base, overlays);
  const own = changes.slice(filesOf(overlays.slice(0, folders.length)));
  return {
    sources,
    ...(source.cover && { covered: own.length > 0 ? coveredBy(own) : engineItself(base) }),
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

/** The number of files in overlays. */
function filesOf(overlays: readonly Overlay[]): number {
  return overlays.flat().reduce((sum, { files }) => sum + files.size, 0);
}

/** What the caller's overlays change. */
function coveredBy(changes: readonly Change[]): Covered[] {
  return changes.map(({ path, names }) => ({ path, ...(names && { names }) }));
}

/** Folders of the engine that are no protocol: the machine, its locks, objects, trees and checks. */
const MACHINERY = /^(arch|sync|obj|lib|check)\/|^mem\/shadow\.ts$|^[^/]*$/;

function engineItself(base: SourceTree): Covered[] {
  return [...base.keys()].filter((path) => !MACHINERY.test(path)).map((path) => ({ path }));
}

/**
 * Compiles what was read. Throws a BuildError when it does not compile, needs static data, or imports something that
 * no host provides. Calls `onProbe` when top-level code of the sources begins to run, and when it ends.
 */
export async function compileInput(
  input: EngineInput,
  text = false,
  onProbe: (runs: boolean) => void = () => {},
): Promise<CompiledEngine> {
  const { sources, target } = input;
  const { asyncify, noInline, names, plain, quick } = target;
  const cover = input.covered && (await CoverPass.of(sources, input.covered));
  const compiled = await compileSources(sources, "index.ts", target.options, {
    located: plain,
    ...(cover && { transform: cover.transform }),
  });
  const module = await WebAssembly.compile(compiled.wasm as Uint8Array<ArrayBuffer>);
  rejectImports(module, [...asyncify, "build"], sources);
  const layout = await probeLayout(sources, target.options, onProbe);
  const locate: Locate = (file, line, column) => locateLine(sources, file, line, column);
  const finished = await finish(compiled, {
    ...{ asyncify, noInline, names, quick, text, locate },
    // An engine that counts runs for as long as a check.
    once: cover !== undefined,
  });
  const { wasm, places, seen } = finished;
  rejectStaticData(wasm, sources);
  const { version, overlays } = input;
  const info = { version, target: target.name, overlays, compiler: await compilerVersion() };
  const sections = { [LAYOUT_SECTION]: layout, [BUILD_SECTION]: info };
  const all = {
    ...sections,
    ...(places && { [PLACES_SECTION]: places }),
    ...(cover && { [COVER_SECTION]: cover.sites }),
    ...(seen && { [PLAIN_SECTION]: seen.plain, [LINES_SECTION]: seen.lines }),
  };
  const result = { wasm: appendJsonSections(wasm, all), layout, info };
  return finished.text === undefined ? result : { ...result, text: finished.text };
}

/** Compiles an engine in this thread. See {@link readInput} and {@link compileInput} for the errors. */
export async function compileEngine(source: EngineSource): Promise<CompiledEngine> {
  return compileInput(await readInput(source), source.text);
}

/**
 * An engine's bytes with the information from its own sections. Throws a CompileError for bytes that are not a
 * module.
 */
export function describeEngine(wasm: Uint8Array): CompiledEngine {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  return {
    wasm,
    layout: readJsonSection(module, LAYOUT_SECTION) as Layout,
    info: readJsonSection(module, BUILD_SECTION) as BuildInfo,
  };
}

/** Every CPU's instance would write static data again, over the changes of the other CPUs. */
function rejectStaticData(wasm: Uint8Array, sources: SourceTree): void {
  if (!readSections(wasm).some(({ id }) => id === SECTION.data)) return;
  throw new BuildError(
    [
      {
        file: sources.get("index.ts")?.file ?? "assembly/index.ts",
        line: 0,
        column: 0,
        message: "the compiled module has static data, and each CPU's instance would write it again",
      },
    ],
    "Look for a string, an array, a template, `new` or memory.data() in your last change.",
  );
}
