/** The checked engine, with more delays, of a variant: the package's own for the engine as it is, compiled on the spot for the others. */
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { compileInThread } from "../build/thread.js";
import { loadModule } from "../engine/module.js";
import type { Variant } from "../scenario/variant.js";

/** Target of `asconfig.json` that scenarios run on. */
const TARGET = "stress";

/** Where compiled variants are kept: RMAP_CACHE, or the user's cache folder. */
function cacheFolder(): string {
  const { RMAP_CACHE, XDG_CACHE_HOME } = process.env;
  return RMAP_CACHE || join(XDG_CACHE_HOME || join(homeFolder(), ".cache"), "rmap-engine");
}

/** The user's home; where a user has none, what is kept is kept among temporary files. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return tmpdir();
  }
}

/**
 * The variant's module. Throws OverlayError and BuildError for a folder that does not fit or does not compile, and
 * EnvironmentError when a compiler is needed and not installed.
 */
export async function compileVariant(variant: Variant): Promise<WebAssembly.Module> {
  if (variant.layers.length === 0)
    return loadModule({ wasmUrl: new URL("../engine.stress.wasm", import.meta.url) });
  const { wasm } = await compileInThread(
    { target: TARGET, overlays: [variant.layers] },
    { cache: cacheFolder() },
  );
  return WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
}
