/** The engine with the exports that only benchmarks call. `rmap bench` compiles it, with the overlay overlays/bench. */
import { join } from "node:path";
import { packageRoot } from "../build/engine.js";
import { compileInThread } from "../build/index.js";
import { cacheFolder } from "../platform/cache-folder.js";

let compiled: Promise<Uint8Array<ArrayBuffer>> | undefined;

/**
 * The module's bytes. The first call compiles it and keeps it in the user's cache. Throws EnvironmentError when the
 * compiler is not installed.
 */
export function benchEngine(): Promise<Uint8Array<ArrayBuffer>> {
  compiled ??= compileInThread(
    { overlays: [join(packageRoot(), "overlays/bench")] },
    { cache: cacheFolder() },
  ).then(({ wasm }) => wasm as Uint8Array<ArrayBuffer>);
  return compiled;
}
