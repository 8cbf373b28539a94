/** The checked engine, with more delays, of a variant: the package's own for the engine as it is, compiled on the spot for the others. */
import { cacheFolder } from "../build/cache-folder.js";
import { compileInThread } from "../build/thread.js";
import type { Variant } from "../scenario/variant.js";
import { loadModule } from "../wasm/module.js";

/** Target of `asconfig.json` that scenarios run on. */
const TARGET = "stress";

/** The variant that was compiled last: rows of one follow each other, and a folder is compiled before its rows are announced. */
let last: { readonly variant: Variant; readonly module: WebAssembly.Module } | undefined;

/**
 * The variant's module. Throws OverlayError and BuildError for a folder that does not fit or does not compile, and
 * EnvironmentError when a compiler is needed and not installed.
 */
export async function compileVariant(variant: Variant): Promise<WebAssembly.Module> {
  if (last?.variant !== variant) last = { variant, module: await compiled(variant) };
  return last.module;
}

async function compiled(variant: Variant): Promise<WebAssembly.Module> {
  if (variant.layers.length === 0)
    return loadModule({ wasmUrl: new URL("../engine.stress.wasm", import.meta.url) });
  const { wasm } = await compileInThread(
    { target: TARGET, overlays: [variant.layers] },
    { cache: cacheFolder() },
  );
  return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
}
