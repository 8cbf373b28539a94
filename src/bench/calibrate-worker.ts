/** Counts up words of a cache line that no other thread touches, for the calibration row. */
import { parentPort, workerData } from "node:worker_threads";

/** What the thread gets: the shared words, where its own is, and how often it adds. */
export interface CalibrateJob {
  readonly words: Int32Array;
  /** Index of the word that starts all threads, and of this thread's own. */
  readonly gate: number;
  readonly own: number;
  readonly additions: number;
}

const { words, gate, own, additions } = workerData as CalibrateJob;

function add(count: number): void {
  for (let i = 0; i < count; i++) Atomics.add(words, own, 1);
}

// The compiler needs some turns before the loop is as fast as it gets.
add(200_000);
parentPort?.postMessage("ready");
while (Atomics.load(words, gate) === 0) Atomics.wait(words, gate, 0, 1000);
const start = performance.now();
add(additions);
parentPort?.postMessage({
  start: performance.timeOrigin + start,
  end: performance.timeOrigin + performance.now(),
});
