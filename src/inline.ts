/**
 * The library with no file to serve: the engine and the worker come along as text, so that one bundle has everything. It
 * exports what `rmap-engine` exports, and they are the same classes. A page's content security policy must allow
 * `worker-src blob:` for engines with `cpus`. The checked build is not in it: pass that by `wasmUrl` or `wasmBytes`.
 */
import { inlineWorker } from "./cpu/thread.js";
import { wasm, worker } from "./inline-data.js";
import { inlineEngine } from "./wasm/module.js";

inlineEngine(() => Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0)));
inlineWorker(worker);

export * from "./index.js";
