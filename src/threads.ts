/**
 * The worker file beside this one, on this platform's threads. It is one file without imports, because import maps do not
 * reach a worker. See files.ts for how bundlers find it. `script` is the worker's text instead, for a bundle of one file.
 */
import { beside } from "./platform/beside.js";
import { builtin } from "./platform/host.js";

/** Starts it on a thread of Node. The worker would refuse some flags of its parent, such as --input-type. */
export function nodeWorker(name: string, script?: string): import("node:worker_threads").Worker {
  const { Worker } = builtin("node:worker_threads");
  if (script !== undefined) return new Worker(script, { name, execArgv: [], eval: true });
  return beside(() => new Worker(new URL("./worker.js", import.meta.url), { name, execArgv: [] }));
}

/** Starts it on a thread of a browser. */
export function webWorker(name: string, script?: string): Worker {
  if (script === undefined)
    return beside(() => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name }));
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  // The worker has the URL by then, and loads it all the same.
  setTimeout(() => URL.revokeObjectURL(url), REVOKED);
  return new Worker(url, { name });
}

/** Milliseconds that a browser has to load a script from memory. */
const REVOKED = 60_000;
