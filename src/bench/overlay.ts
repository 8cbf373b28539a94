/** The engine with the entries that only benchmarks call: compiled on the spot, with the overlay overlays/bench. */
import { join } from "node:path";
import { cacheFolder } from "../build/cache-folder.js";
import { packageRoot } from "../build/engine.js";
import { compileInThread } from "../build/index.js";

let compiled: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** Its bytes; compiled once, and kept in the user's cache. Throws EnvironmentError when the compiler is not installed. */
export function benchEngine(): Promise<Uint8Array<ArrayBuffer>> {
  compiled ??= compileInThread(
    { overlays: [join(packageRoot(), "overlays/bench")] },
    { cache: cacheFolder() },
  ).then(({ wasm }) => wasm as Uint8Array<ArrayBuffer>);
  return compiled;
}
