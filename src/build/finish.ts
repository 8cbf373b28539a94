/**
 * The steps after the compiler, with Binaryen. They optimise the module. For a modelled engine they also number the
 * places and run Asyncify. Asyncify rewrites a module so that a call of one of its imports can unwind the stack into
 * memory and rewind it later. This makes the model's virtual CPUs fibers.
 *
 * The compiler itself optimises nothing, because only here can we keep single functions out of their callers. A wait
 * needs that (see assembly/arch/wait.ts). Asyncify is a separate step for two reasons: the compiler ignores pass
 * arguments, and it re-optimises until nothing changes, which crashes the process.
 */

import { numberPlaces } from "../wasm/places.js";
import { type CompiledSources, importCompiler } from "./compiler.js";
import { type Locate, PLAIN_FUNCTIONS, type SeenText, seePlain } from "./plain.js";
import type { Target } from "./target.js";

/** The WebAssembly features that the compiler may use, by Binaryen's names. */
const FEATURES = [
  "Atomics",
  "BulkMemory",
  "BulkMemoryOpt",
  "MutableGlobals",
  "SignExt",
  "NontrappingFPToInt",
] as const;

interface BinaryenModule {
  setFeatures(features: number): void;
  runPasses(passes: readonly string[]): void;
  optimize(): void;
  emitBinary(): Uint8Array;
  emitText(): string;
  dispose(): void;
}

interface Binaryen {
  readonly Features: Readonly<Record<(typeof FEATURES)[number], number>>;
  readBinary(wasm: Uint8Array): BinaryenModule;
  parseText(text: string): BinaryenModule;
  setPassArgument(key: string, value: string | null): void;
  clearPassArguments(): void;
  setOptimizeLevel(level: number): void;
  setShrinkLevel(level: number): void;
  setAlwaysInlineMaxSize(size: number): void;
  setFlexibleInlineMaxSize(size: number): void;
  setDebugInfo(on: boolean): void;
  setZeroFilledMemory(on: boolean): void;
}

/** A finished module. */
export interface Finished {
  readonly wasm: Uint8Array;
  /** Text format; present only on request. */
  readonly text?: string;
  /** Names of the numbered places; undefined when the module has none. */
  readonly places?: readonly string[];
  /** Places of the plain accesses; undefined when the module does not show them. */
  readonly seen?: Pick<SeenText, "plain" | "lines">;
}

/** How to finish a module. */
export interface FinishOptions extends Pick<Target, "asyncify" | "noInline" | "names" | "quick"> {
  /** Optimise once and not twice: half the time, for an engine that is used for minutes. */
  readonly once: boolean;
  /** Give the text format as well. */
  readonly text: boolean;
  /** Finds positions of the compiler's text on disk. */
  readonly locate: Locate;
}

/** A module's text as a binary that keeps the names of its functions. */
function assemble(binaryen: Binaryen, features: number, text: string): Uint8Array {
  const module = binaryen.parseText(text);
  try {
    module.setFeatures(features);
    binaryen.setDebugInfo(true);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** The functions that a module imports from the given modules, as Asyncify names them: `model.load`. */
function hookImports(module: WebAssembly.Module, modules: readonly string[]): string[] {
  return WebAssembly.Module.imports(module)
    .filter((entry) => entry.kind === "function" && modules.includes(entry.module))
    .map((entry) => `${entry.module}.${entry.name}`);
}

/**
 * Numbers the places, optimises, and lets the hooks unwind. What was compiled is not optimised yet and has
 * the names of its functions. If it comes with positions, its plain accesses tell the host. After Asyncify it exports `asyncify_start_unwind`, `asyncify_stop_unwind`, `asyncify_start_rewind`,
 * `asyncify_stop_rewind` and `asyncify_get_state`. Calls through a table cannot unwind: the engine has none.
 */
export async function finish({ wasm, located }: CompiledSources, options: FinishOptions): Promise<Finished> {
  const { asyncify, noInline, names, quick, once, text, locate } = options;
  const { default: binaryen } = await importCompiler<{ default: Binaryen }>("assemblyscript/binaryen");
  const features = FEATURES.reduce((set, name) => set | binaryen.Features[name], 0);
  const seen = located === undefined ? undefined : seePlain(located, locate);
  const input = seen === undefined ? wasm : assemble(binaryen, features, seen.text);
  const compiled = await WebAssembly.compile(input as Uint8Array<ArrayBuffer>);
  const hooks = hookImports(compiled, asyncify);
  const numbered = numberPlaces(input, compiled);
  const module = binaryen.readBinary(numbered?.wasm ?? input);
  try {
    module.setFeatures(features);
    for (const pattern of [...noInline, ...(seen === undefined ? [] : PLAIN_FUNCTIONS)]) {
      binaryen.setPassArgument("no-inline", pattern);
      module.runPasses(["no-inline"]);
    }
    binaryen.clearPassArguments();
    binaryen.setDebugInfo(names);
    binaryen.setZeroFilledMemory(true);
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    // Measured: to inline small functions always, and medium ones where it helps, gives smaller and faster code than
    // the defaults.
    binaryen.setAlwaysInlineMaxSize(20);
    binaryen.setFlexibleInlineMaxSize(36);
    if (hooks.length > 0) {
      // A modelled engine spends its time in hooks and between fibers, not in its code. The lowest level once takes a
      // third of the time of the full one twice. Asyncify would optimise again, twice, which takes four times as long as
      // all else here. Executions are no faster for it: V8 removes the same locals.
      binaryen.setOptimizeLevel(1);
      module.optimize();
      binaryen.setOptimizeLevel(0);
      binaryen.setPassArgument("asyncify-imports", hooks.join(","));
      binaryen.setPassArgument("asyncify-ignore-indirect", "");
      module.runPasses(["asyncify"]);
    } else if (quick) {
      // Nearly all of the speed comes from the inlining of the full level. What it leaves, the lowest level cleans up.
      module.runPasses(["inlining"]);
      binaryen.setOptimizeLevel(1);
      module.optimize();
    } else if (once) {
      module.optimize();
    } else {
      // Twice: inlining in the first round gives the second round more to remove.
      module.optimize();
      module.optimize();
    }
    return {
      wasm: module.emitBinary(),
      ...(text && { text: module.emitText() }),
      ...(numbered !== undefined && { places: numbered.places }),
      ...(seen !== undefined && { seen: { plain: seen.plain, lines: seen.lines } }),
    };
  } finally {
    binaryen.clearPassArguments();
    module.dispose();
  }
}
