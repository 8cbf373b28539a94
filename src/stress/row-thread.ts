/**
 * A row in a thread of its own, which starts the CPUs in its turn. Whatever a variant does there, on the thread that
 * boots and checks it or on a CPU, this side only listens, and ends all of it when nothing comes any more.
 */
import { Worker } from "node:worker_threads";
import { EngineCrashError, EnvironmentError, type ExitCode, RmapError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import type { Finding } from "./finding.js";
import type { RowOptions, RowProgress, RowReport } from "./row.js";
import { NO_STORY } from "./story.js";

/** What the thread is given. */
export type RowTask = Pick<RowOptions, "scenario" | "module" | "cpus" | "seconds" | "rounds" | "seed">;

/** What the thread says: that it runs, how far the row is (ten times a second), and what came of it. */
export type RowMessage =
  | { readonly kind: "alive" }
  | { readonly kind: "beat"; readonly progress: RowProgress | undefined }
  | { readonly kind: "report"; readonly report: RowReport }
  | { readonly kind: "error"; readonly error: PlainError };

/** An RmapError, or another one, without its class. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
}

/** Something that an interrupt ends as well. */
interface Disposable {
  dispose(): Promise<void>;
}

/** How a row is run besides. */
export interface ThreadRowOptions extends RowOptions {
  /** Runs something with the row's threads and ends them at last, as an interrupt does too. By default only the former. */
  readonly using?: <T>(threads: Disposable, work: () => Promise<T>) => Promise<T>;
}

/** Milliseconds between two signs of life. */
export const BEAT = 100;
/** Milliseconds without a sign of life after which the row is ended. */
const SILENCE = 4000;
/** Milliseconds that the thread may take to come up. */
const STARTING = 30_000;
/** Mebibytes of objects on the thread's side: none of it grows with what a variant does. */
const HEAP = 1024;

/**
 * Runs a row, as `runRow`. Throws WatchdogError as well when the module never returns from where the host calls it: its
 * start, or `boot`.
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
  #patience = new Patience(STARTING);
  #runs = false;
  #last: RowProgress | undefined;

  constructor(options: ThreadRowOptions) {
    this.#options = options;
    const { scenario, module, cpus, seconds, rounds, seed } = options;
    const workerData: RowTask = {
      ...{ scenario, module, cpus, seed },
      ...(seconds !== undefined && { seconds }),
      ...(rounds !== undefined && { rounds }),
    };
    this.#worker = new Worker(new URL("./row-entry.js", import.meta.url), {
      ...{ workerData, name: "rmap-row", execArgv: [] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    const { promise, resolve, reject } = withResolvers<RowReport>();
    this.report = promise;
    // Who is interrupted asks for no report.
    this.report.catch(() => {});
    this.#worker.on("message", (message: RowMessage) => {
      if (message.kind === "report") resolve(message.report);
      else if (message.kind === "error") reject(revive(message.error));
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
      this.#patience = new Patience(SILENCE);
      return;
    }
    this.#patience.renew();
    if (message.progress === undefined) return;
    this.#last = message.progress;
    this.#options.onProgress?.(message.progress);
  }

  /** No sign of life for too long: what that means depends on how far the row was. */
  #giveUp(resolve: (report: RowReport) => void, reject: (error: RmapError) => void): void {
    clearInterval(this.#timer);
    const seconds = SILENCE / 1000;
    if (!this.#runs) {
      reject(new EnvironmentError(`the row's thread did not start within ${STARTING / 1000} s`));
    } else if (this.#last === undefined) {
      reject(
        new WatchdogError(
          `the module does not come to the end of its start, or of boot, within ${seconds} s`,
          "look for a loop at the top level of a source file",
        ),
      );
    } else {
      resolve(this.#silentReport(this.#last, seconds));
    }
  }

  /** The report of a row that was ended while the variant's code ran on the row's own thread. */
  #silentReport(last: RowProgress, seconds: number): RowReport {
    const { scenario, cpus } = this.#options;
    const where = last.atRest ? "the checks when all CPUs stand still" : "the reading of what the CPUs left";
    const finding: Finding = {
      ...{ invariant: "I14", code: "LOCKUP" },
      message: `${where} did not come to an end for ${seconds} s`,
      story: NO_STORY,
    };
    return {
      ...{ cpus: Math.max(cpus, scenario.cpus.length), rounds: last.rounds, operations: 0 },
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

/** The error that the thread met, with its class where somebody asks for it. */
function revive({ code, message, hint, exitCode }: PlainError): Error {
  if (code === "EINTERNAL") return Object.assign(new Error(), { message, stack: message });
  if (code === "EENVIRONMENT") return new EnvironmentError(message, hint);
  if (code === "EWATCHDOG") return new WatchdogError(message, hint);
  if (code === "ECRASH") return new EngineCrashError(message, hint);
  return new RmapError(code, message, hint, exitCode);
}
