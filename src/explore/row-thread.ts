/**
 * Rows in threads. A variant may loop without an access that anybody sees, so nothing but another thread can end it.
 * This side listens, and ends the thread when the signs of life stop.
 */

import { Worker } from "node:worker_threads";
import { EnvironmentError, UsageError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { type PlainError, revivedError } from "../platform/thread-error.js";
import type { RowTask } from "./row.js";
import type { RowProgress, RowReport } from "./row-report.js";

/** The thread's messages: it runs, how far the row is, the result. */
export type ThreadMessage =
  | { readonly kind: "alive" }
  | { readonly kind: "progress"; readonly progress: RowProgress }
  | { readonly kind: "report"; readonly report: RowReport }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two looks at the clock. */
const BEAT = 100;
/** Milliseconds without a sign of life after which a row is stuck: 256 executions take far less. */
const STUCK = 20_000;
/** Mebibytes of objects in a thread. */
const HEAP = 1024;

/** A thread that explores one row at a time. */
export class RowThread {
  readonly #worker: Worker;
  readonly #timer: NodeJS.Timeout;
  #patience = new Patience(STUCK);
  #settle: { resolve(report: RowReport): void; reject(error: Error): void } | undefined;
  #onProgress: ((progress: RowProgress) => void) | undefined;
  #ended = false;

  constructor() {
    this.#worker = new Worker(new URL("./row-entry.js", import.meta.url), {
      name: "rmap-explore",
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    this.#worker.on("message", (message: ThreadMessage) => this.#hear(message));
    this.#worker.on("error", (error) => this.#fail(ended(error)));
    this.#worker.on("exit", () => this.#fail(ended(undefined)));
    this.#timer = setInterval(() => {
      if (this.#settle === undefined || !this.#patience.isOver()) return;
      const seconds = STUCK / 1000;
      this.#fail(
        new WatchdogError(
          `the engine did not come back within ${seconds} s`,
          "look for a loop in the protocol that makes no shared access",
        ),
      );
      void this.dispose();
    }, BEAT);
    this.#timer.unref();
  }

  /** False after an error: make another one. */
  get isUsable(): boolean {
    return !this.#ended;
  }

  /**
   * Explores a row. Throws WatchdogError when the engine does not come back, and what `exploreRow` throws.
   */
  explore(task: RowTask, onProgress?: (progress: RowProgress) => void): Promise<RowReport> {
    if (this.#settle !== undefined || this.#ended)
      throw new UsageError("an exploring thread explores one row at a time", "wait for its last row");
    this.#onProgress = onProgress;
    this.#patience = new Patience(STUCK);
    const report = new Promise<RowReport>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#worker.postMessage(task);
    return report;
  }

  /** Ends the thread, whatever it does. */
  async dispose(): Promise<void> {
    this.#ended = true;
    clearInterval(this.#timer);
    await this.#worker.terminate();
  }

  #hear(message: ThreadMessage): void {
    this.#patience.renew();
    const settle = this.#settle;
    if (message.kind === "progress") this.#onProgress?.(message.progress);
    if (message.kind === "report") {
      this.#settle = undefined;
      settle?.resolve(message.report);
    }
    if (message.kind === "error") {
      this.#settle = undefined;
      settle?.reject(revivedError(message.error));
    }
  }

  #fail(error: Error): void {
    this.#ended = true;
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.reject(error);
  }
}

/** The error for a thread that ended without a report. */
function ended(error: unknown): Error {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ERR_WORKER_OUT_OF_MEMORY")
    return new EnvironmentError(`the exploring thread used more than ${HEAP} MiB of memory`);
  if (error instanceof Error) return error;
  return new EnvironmentError(`the exploring thread ended without a result${message ? `: ${message}` : ""}`);
}
