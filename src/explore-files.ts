/** The files of an exploration, beside this one: see files.ts. A bundle without exploration needs none of them. */
import { beside } from "./platform/beside.js";
import { builtin } from "./platform/host.js";

/** The engine whose CPUs are fibers of one thread. */
export function modelUrl(): URL {
  return beside(() => new URL("./engine.model.wasm", import.meta.url));
}

/** The module between that engine and its memory. */
export function monitorUrl(): URL {
  return beside(() => new URL("./monitor.wasm", import.meta.url));
}

/** Starts the worker that explores, on a thread of Node. */
export function exploreNodeWorker(name: string): import("node:worker_threads").Worker {
  const { Worker } = builtin("node:worker_threads");
  return beside(() => new Worker(new URL("./explore-worker.js", import.meta.url), { name, execArgv: [] }));
}

/** Starts the worker that explores, on a thread of a browser. */
export function exploreWebWorker(name: string): Worker {
  return beside(() => new Worker(new URL("./explore-worker.js", import.meta.url), { type: "module", name }));
}
