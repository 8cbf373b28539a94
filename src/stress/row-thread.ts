/**
 * A row in a thread of its own, which starts the CPUs. A variant may hang there, on the thread that boots and checks
 * it or on a CPU. This side only listens, and ends all of it when the signs of life stop.
 */
import { Worker } from "node:worker_threads";
import { EnvironmentError, type RmapError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { type PlainError, revivedError } from "../platform/thread-error.js";
import type { Finding } from "./finding.js";
import { type RowOptions, type RowProgress, type RowReport, STUCK } from "./row.js";
import { NO_STORY } from "./story.js";

/** The thread's input. */
export type RowTask = Pick<
  RowOptions,
  "scenario" | "module" | "cpus" | "seconds" | "rounds" | "seed" | "patience"
>;

/** The thread's messages: it runs, the row's progress (ten times a second), and the result. */
export type RowMessage =
  | { readonly kind: "alive" }
  | { readonly kind: "beat"; readonly progress: RowProgress | undefined }
  | { readonly kind: "report"; readonly report: RowReport }
  | { readonly kind: "error"; readonly error: PlainError };

/** Something that an interrupt also ends. */
interface Disposable {
  dispose(): Promise<void>;
}

/** Further options of a row. */
export interface ThreadRowOptions extends RowOptions {
  /**
   * Runs a function with the row's threads and ends them afterwards, as an interrupt does too. Default: only runs the
   * function.
   */
  readonly using?: <T>(threads: Disposable, work: () => Promise<T>) => Promise<T>;
}

/** Milliseconds between two signs of life. */
export const BEAT = 100;
/** Milliseconds that the thread has to start. */
const STARTING = 30_000;
/** Mebibytes of objects in the thread. A variant cannot make them grow. */
const HEAP = 1024;

/**
 * Runs a row, as `runRow` does. Also throws WatchdogError when the module never returns from its start or from
 * `boot`.
 */
export async function runRowInThread(options: ThreadRowOptions): Promise<RowReport> {
  const row = new RowThread(options);
  const { using = disposing } = options;
  return using(row, () => row.report);
}

async function disposing<T>(threads: Disposable, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await threads.dispose();
  }
}

class RowThread implements Disposable {
  readonly report: Promise<RowReport>;
  readonly #options: ThreadRowOptions;
  readonly #worker: Worker;
  readonly #timer: NodeJS.Timeout;
  /** Milliseconds without a sign of life after which we end the row. */
  readonly #silence: number;
  #patience = new Patience(STARTING);
  #runs = false;
  #last: RowProgress | undefined;

  constructor(options: ThreadRowOptions) {
    this.#options = options;
    const { scenario, module, cpus, seconds, rounds, seed, patience = STUCK } = options;
    this.#silence = patience;
    const workerData: RowTask = {
      ...{ scenario, module, cpus, seed },
      ...(seconds !== undefined && { seconds }),
      ...(rounds !== undefined && { rounds }),
      patience,
    };
    this.#worker = new Worker(new URL("./row-entry.js", import.meta.url), {
      ...{ workerData, name: "rmap-row", execArgv: [] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    const { promise, resolve, reject } = withResolvers<RowReport>();
    this.report = promise;
    // After an interrupt there is no report.
    this.report.catch(() => {});
    this.#worker.on("message", (message: RowMessage) => {
      if (message.kind === "report") resolve(message.report);
      else if (message.kind === "error") reject(revivedError(message.error));
      else this.#hear(message);
    });
    this.#worker.on("error", (error) => reject(ended(error)));
    this.#worker.on("exit", () => reject(ended(undefined)));
    this.#timer = setInterval(() => {
      if (this.#patience.isOver()) this.#giveUp(resolve, reject);
    }, BEAT);
  }

  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker.terminate();
  }

  #hear(message: Extract<RowMessage, { kind: "alive" | "beat" }>): void {
    if (message.kind === "alive") {
      this.#runs = true;
      this.#patience = new Patience(this.#silence);
      return;
    }
    this.#patience.renew();
    if (message.progress === undefined) return;
    this.#last = message.progress;
    this.#options.onProgress?.(message.progress);
  }

  /** No sign of life for too long. The meaning depends on the row's progress. */
  #giveUp(resolve: (report: RowReport) => void, reject: (error: RmapError) => void): void {
    clearInterval(this.#timer);
    const seconds = this.#silence / 1000;
    if (!this.#runs) {
      reject(new EnvironmentError(`the row's thread did not start within ${STARTING / 1000} s`));
    } else if (this.#last === undefined) {
      reject(
        new WatchdogError(
          `the module does not finish its start, or boot, within ${seconds} s`,
          "look for a loop at the top level of a source file",
        ),
      );
    } else {
      resolve(this.#silentReport(this.#last, seconds));
    }
  }

  /** The report of a row that we ended while the variant's code ran on the row's own thread. */
  #silentReport(last: RowProgress, seconds: number): RowReport {
    const { scenario, cpus } = this.#options;
    const where = last.atRest ? "the check at the end of a round" : "reading the results of the CPUs";
    const finding: Finding = {
      ...{ invariant: "I14", code: "LOCKUP" },
      message: `${where} did not end within ${seconds} s`,
      story: NO_STORY,
    };
    return {
      ...{ cpus: Math.max(cpus, scenario.stress.cpus.length), rounds: last.rounds, operations: 0 },
      ...{ seconds: last.seconds, finding },
    };
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** The error for a thread that ended without a report. */
function ended(error: unknown): Error {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ERR_WORKER_OUT_OF_MEMORY")
    return new EnvironmentError(`the row's thread used more than ${HEAP} MiB of memory`);
  if (error instanceof Error) return error;
  return new EnvironmentError(`the row's thread ended without a result${message ? `: ${message}` : ""}`);
}
