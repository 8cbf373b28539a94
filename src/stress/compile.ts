/**
 * The checked engine of a variant, with more delays. For mainline this is the package's own module; others are
 * compiled on demand.
 */

import { compileInThread } from "../build/compile.js";
import { compileAll } from "../build/compile-all.js";
import type { EngineSource } from "../build/engine.js";
import type { CompiledEngine } from "../build/engine-input.js";
import { cacheFolder } from "../platform/cache-folder.js";
import type { Variant } from "../scenario/variant.js";
import { stressUrl } from "../stress-files.js";
import { loadModule } from "../wasm/module.js";

/** The target of `asconfig.json` for scenarios. */
const TARGET = "stress";

/**
 * The last compiled variant. Rows of one variant follow each other, and we compile a folder before we announce its
 * rows.
 */
let last: { readonly variant: Variant; readonly module: WebAssembly.Module } | undefined;

/**
 * The variant's module. Throws OverlayError and BuildError for a folder that does not fit or does not compile, and
 * EnvironmentError when a compiler is needed and not installed.
 */
export async function compileVariant(variant: Variant): Promise<WebAssembly.Module> {
  if (last?.variant !== variant) last = { variant, module: await compiled(variant) };
  return last.module;
}

/** Engines that were compiled ahead. A module takes far more memory than its bytes, so we make it when its rows begin. */
const ahead = new Map<Variant, Promise<CompiledEngine>>();

/**
 * Compiles many variants, several at once in warm threads, and calls `onDone` with the number of those that are done.
 * It ends before the first row runs, because rows need all cores. A variant that does not compile is no error here:
 * `compileVariant` throws it when its rows begin.
 */
export async function compileAhead(
  variants: readonly Variant[],
  onDone: (done: number, all: number) => void = () => {},
): Promise<void> {
  const waiting = [...new Set(variants)].filter(
    (variant) => variant.layers.length > 0 && !ahead.has(variant),
  );
  const engines = compileAll(waiting.map(sourceOf), { cache: cacheFolder() });
  let done = 0;
  await Promise.allSettled(
    waiting.map((variant, i) => {
      const engine = engines[i] as Promise<CompiledEngine>;
      ahead.set(variant, engine);
      return engine.finally(() => onDone(++done, waiting.length));
    }),
  );
}

/** What to compile. A folder of the user's counts what runs of its declarations; nobody asks that of a known variant. */
function sourceOf({ layers, foreign }: Variant): EngineSource {
  return { target: TARGET, overlays: [layers], cover: foreign };
}

async function compiled(variant: Variant): Promise<WebAssembly.Module> {
  if (variant.layers.length === 0) return loadModule({ wasmUrl: stressUrl() });
  const { wasm } = await (ahead.get(variant) ?? compileInThread(sourceOf(variant), { cache: cacheFolder() }));
  return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
}
