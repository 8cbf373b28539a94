/** Counts up a word on a cache line that no other thread touches, for the calibration row. */
import { parentPort, workerData } from "node:worker_threads";
import { instantiateNow } from "../wasm/loader.js";

/**
 * What the thread gets: the shared memory, the places of the gate and of its own word in it, and the number of
 * additions.
 */
export interface CalibrateJob {
  readonly memory: WebAssembly.Memory;
  /** Byte offset of the word that starts all threads, and of this thread's own. */
  readonly gate: number;
  readonly own: number;
  readonly additions: number;
}

/**
 * (func (export "add") (param i32 i32)
 *   (loop
 *     (drop (i32.atomic.rmw.add (local.get 0) (i32.const 1)))
 *     (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
 */
const ADD_LOOP =
  "AGFzbQEAAAABBgFgAn9/AAIQAQNlbnYGbWVtb3J5AgMBAQMCAQAHBwEDYWRkAAAKGQEXAANAIABBAf4eAgAaIAFBAWsiAQ0ACws=";

const { memory, gate, own, additions } = workerData as CalibrateJob;
const module = new WebAssembly.Module(new Uint8Array(Buffer.from(ADD_LOOP, "base64")));
const exports = instantiateNow(module, { env: { memory } });
const { add } = exports as { add: (address: number, times: number) => void };
const words = new Int32Array(memory.buffer);

// The loop reaches its full speed only after some calls, when V8 has optimised it.
for (let call = 0; call < 20; call++) add(own, 10_000);
parentPort?.postMessage("ready");
while (Atomics.load(words, gate >>> 2) === 0) Atomics.wait(words, gate >>> 2, 0, 1000);
const start = performance.now();
add(own, additions);
const end = performance.now();
parentPort?.postMessage({ start: performance.timeOrigin + start, end: performance.timeOrigin + end });
