/**
 * Processor time of one worker thread. The time of the whole process would include other threads and other
 * compilations.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Worker } from "node:worker_threads";

/** The system's number of the calling thread; undefined where the platform does not provide it. */
export function threadNumber(): string | undefined {
  try {
    return basename(readlinkSync("/proc/thread-self"));
  } catch {
    return undefined;
  }
}

/** Counts from its creation. */
export class ThreadTime {
  readonly #worker: Worker;
  readonly #begun = process.cpuUsage();
  #number: string | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** The thread has sent its number. */
  is(number: string | undefined): void {
    this.#number = number;
  }

  /**
   * Milliseconds that the thread was on a core. Where the system does not count them, the best upper bound: the time
   * of all threads of the process, or the time that the thread was at work, on a core or waiting for one.
   */
  milliseconds(): number {
    const own = this.#number === undefined ? undefined : onCore(this.#number);
    if (own !== undefined) return own;
    const { user, system } = process.cpuUsage(this.#begun);
    // Bun has no count of that, and says so on stderr when you ask.
    const active = "bun" in process.versions ? Number.POSITIVE_INFINITY : undefined;
    return Math.min((user + system) / 1000, active ?? this.#worker.performance.eventLoopUtilization().active);
  }
}

/** Milliseconds that a thread of this process was on a core, by Linux's count; undefined elsewhere. */
function onCore(number: string): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${number}/schedstat`, "latin1").split(" ");
    // A kernel that does not count gives 0.
    return Number(nanoseconds) > 0 ? Number(nanoseconds) / 1e6 : undefined;
  } catch {
    return undefined;
  }
}
