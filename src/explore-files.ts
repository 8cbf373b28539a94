/** The files of an exploration, beside this one: see files.ts. A bundle without exploration needs none of them. */

/** The engine whose CPUs are fibers of one thread. */
export function modelUrl(): URL {
  return new URL("./engine.model.wasm", import.meta.url);
}

/** The module between that engine and its memory. */
export function monitorUrl(): URL {
  return new URL("./monitor.wasm", import.meta.url);
}
