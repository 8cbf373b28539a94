/** The package's own model build, compiled once. */
import { modelUrl } from "../explore-files.js";
import { loadModule } from "../wasm/module.js";

let own: Promise<WebAssembly.Module> | undefined;

/** The engine whose CPUs are fibers of one thread. Throws EnvironmentError when its file is missing. */
export function loadModel(): Promise<WebAssembly.Module> {
  own ??= loadModule({ wasmUrl: modelUrl() }).catch((error) => {
    // The next call may find it.
    own = undefined;
    throw error;
  });
  return own;
}
