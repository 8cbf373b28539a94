/** Compiles an engine from sources in memory: compiler, Asyncify, and the sections that describe the module to the host. */

import { BUILD_SECTION } from "../wasm/built.js";
import { crc32, hex32 } from "../wasm/crc.js";
import { PLACES_SECTION } from "../wasm/places.js";
import { LINES_SECTION, PLAIN_SECTION } from "../wasm/plain.js";
import { appendJsonSections, readJsonSection, readSections, SECTION } from "../wasm/section.js";
import { compilerVersion, compileSources, lastPart, locateLine } from "./compiler.js";
import { COVER_SECTION, type Covered, CoverPass } from "./cover.js";
import { BuildError } from "./diagnostic.js";
import { finish } from "./finish.js";
import { rejectImports } from "./imports.js";
import {
  LAYOUT_SECTION,
  type Layout,
  type PackedLayout,
  packLayout,
  probeLayout,
  unpackLayout,
} from "./layout.js";
import { type Change, layOver, type Overlay } from "./overlay.js";
import type { Locate } from "./plain.js";
import type { SourceTree } from "./sources.js";
import type { Target } from "./target.js";

/** Contents of the custom section `rmap.build`. */
export interface BuildInfo {
  /** Version of the package that the sources belong to. */
  readonly version: string;
  readonly target: string;
  /** Names of the overlay folders, in order, those of the target first. */
  readonly overlays: readonly string[];
  /** Version of the AssemblyScript compiler. */
  readonly compiler: string;
  /** A checksum of the module's code, by which a snapshot knows its engine. */
  readonly code: string;
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

/** What an input is made of. */
export interface InputParts {
  /** The engine's own sources. */
  readonly base: SourceTree;
  /** Version of the package that they belong to. */
  readonly version: string;
  readonly target: Target;
  /** All overlays, those of the target first. */
  readonly overlays: readonly Overlay[];
  /** See EngineSource. */
  readonly cover?: boolean | undefined;
}

/** The base must have these. */
const NEEDED = ["index.ts", "layout.ts"];

/** The path of a file that the engine's sources lack; undefined when they lack none. */
export function missingSource(base: SourceTree): string | undefined {
  return NEEDED.find((path) => !base.has(path));
}

/** The sources with the overlays laid over them. Throws an OverlayError for an overlay that does not fit. */
export function inputOf({ base, version, target, overlays, cover }: InputParts): EngineInput {
  const { sources, changes } = layOver(base, overlays);
  const theirs = overlays.slice(target.overlays.length);
  const own = changes.slice(filesOf(overlays.slice(0, target.overlays.length)));
  return {
    sources,
    ...(cover && { covered: own.length > 0 ? coveredBy(own) : engineItself(base) }),
    changed: [...new Set(theirs.flat().flatMap(({ files }) => [...files.keys()]))],
    target,
    overlays: overlays.flat().map(({ folder }) => lastPart(folder)),
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
  const code = hex32(crc32(wasm));
  const info = { version, target: target.name, overlays, compiler: await compilerVersion(), code };
  const sections = { [LAYOUT_SECTION]: packLayout(layout), [BUILD_SECTION]: info };
  const all = {
    ...sections,
    ...(places && { [PLACES_SECTION]: places }),
    ...(cover && { [COVER_SECTION]: cover.sites }),
    ...(seen && { [PLAIN_SECTION]: seen.plain, [LINES_SECTION]: seen.lines }),
  };
  const result = { wasm: appendJsonSections(wasm, all), layout, info };
  return finished.text === undefined ? result : { ...result, text: finished.text };
}

/**
 * An engine's bytes with the information from its own sections. Throws a CompileError for bytes that are not a
 * module.
 */
export function describeEngine(wasm: Uint8Array): CompiledEngine {
  const module = new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>);
  return {
    wasm,
    layout: unpackLayout(readJsonSection(module, LAYOUT_SECTION) as PackedLayout),
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
