/** Processor time of one worker thread: the whole process's would count what other threads, and other compilations, do meanwhile. */
import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Worker } from "node:worker_threads";

/** The system's number of the calling thread; undefined where the platform does not tell. */
export function threadNumber(): string | undefined {
  try {
    return basename(readlinkSync("/proc/thread-self"));
  } catch {
    return undefined;
  }
}

/** Counts from when it is made. */
export class ThreadTime {
  readonly #worker: Worker;
  readonly #begun = process.cpuUsage();
  #number: string | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** The thread has said which one it is. */
  is(number: string | undefined): void {
    this.#number = number;
  }

  /**
   * Milliseconds that the thread was on a core. Where the system does not count that: the least that is known to be no less,
   * the time of all of the process's threads, or that in which the thread was at work, be it on a core or waiting for one.
   */
  milliseconds(): number {
    const own = this.#number === undefined ? undefined : onCore(this.#number);
    if (own !== undefined) return own;
    const { user, system } = process.cpuUsage(this.#begun);
    return Math.min((user + system) / 1000, this.#worker.performance.eventLoopUtilization().active);
  }
}

/** Milliseconds that a thread of this process was on a core, as Linux counts it; undefined where it does not. */
function onCore(number: string): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${number}/schedstat`, "latin1").split(" ");
    // A kernel that does not count says 0.
    return Number(nanoseconds) > 0 ? Number(nanoseconds) / 1e6 : undefined;
  } catch {
    return undefined;
  }
}
