/**
 * Measures how far this machine scales at all, with threads that do locked additions on cache lines of their own. No
 * engine can scale better. The figure changes from run to run.
 */
import { Worker } from "node:worker_threads";
import { EnvironmentError } from "../errors.js";
import { afterUsable } from "../platform/fair-clock.js";
import { createMemory } from "../wasm/memory.js";
import type { CalibrateJob } from "./calibrate-worker.js";

/** Additions of each thread. */
const ADDITIONS = 10_000_000;
/** Bytes between the threads' own words: more than a pair of cache lines. */
const STRIDE = 256;
/** Milliseconds of available processor time that one measurement may take (see FairClock). */
const TIMEOUT = 30_000;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Additions a second of all threads together. Throws EnvironmentError when a thread does not end. */
export async function calibrate(cpus: number): Promise<{ operations: number; seconds: number }> {
  const memory = createMemory(1);
  const words = new Int32Array(memory.buffer);
  const workers = Array.from({ length: cpus }, (_, cpu) => {
    const job: CalibrateJob = { memory, gate: 0, own: STRIDE * (cpu + 1), additions: ADDITIONS };
    return new Worker(new URL("./calibrate-worker.js", import.meta.url), { workerData: job, execArgv: [] });
  });
  try {
    await Promise.all(workers.map((worker) => nextMessage(worker)));
    const spans = Promise.all(workers.map((worker) => nextMessage(worker) as Promise<Span>));
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
    const measured = await spans;
    const start = Math.min(...measured.map((span) => span.start));
    const end = Math.max(...measured.map((span) => span.end));
    return { operations: cpus * ADDITIONS, seconds: (end - start) / 1000 };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = afterUsable(TIMEOUT, () =>
      reject(new EnvironmentError("a calibration thread did not end in time")),
    );
    const settle = (act: () => void) => {
      cancel();
      act();
    };
    worker.once("message", (message) => settle(() => resolve(message)));
    worker.once("error", (error) => settle(() => reject(error)));
  });
}
