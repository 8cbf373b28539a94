/**
 * The checked engine of a variant, with more delays. For mainline this is the package's own module; others are
 * compiled on demand.
 */
import { cacheFolder } from "../build/cache-folder.js";
import { compileInThread } from "../build/thread.js";
import type { Variant } from "../scenario/variant.js";
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

async function compiled(variant: Variant): Promise<WebAssembly.Module> {
  if (variant.layers.length === 0)
    return loadModule({ wasmUrl: new URL("../engine.stress.wasm", import.meta.url) });
  const { wasm } = await compileInThread(
    { target: TARGET, overlays: [variant.layers] },
    { cache: cacheFolder() },
  );
  return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
}
