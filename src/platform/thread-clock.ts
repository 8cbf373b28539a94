/** Processor time of the calling thread, by which work ends at the same place on a busy machine and on an idle one. */

import { readFileSync } from "node:fs";

export class ThreadClock {
  readonly #begun = now();

  /** Seconds on a core since the clock was made; where the system does not count them, seconds on the wall. */
  seconds(): number {
    return now() - this.#begun;
  }
}

function now(): number {
  try {
    const [nanoseconds] = readFileSync("/proc/thread-self/schedstat", "latin1").split(" ");
    // A kernel that does not count gives 0.
    if (Number(nanoseconds) > 0) return Number(nanoseconds) / 1e9;
  } catch {
    // Not Linux.
  }
  return performance.now() / 1000;
}
