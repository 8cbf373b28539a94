/** A lane in a thread of its own: a folder's code may loop for ever, and then nothing but another thread can end it. */

import { Worker } from "node:worker_threads";
import { EnvironmentError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { type PlainError, revivedError } from "../platform/thread-error.js";
import type { LaneProgress, LaneReport, LaneTask } from "./lane.js";

/** The thread's messages: how far the lane is, and its result. */
export type LaneMessage =
  | { readonly kind: "progress"; readonly progress: LaneProgress }
  | { readonly kind: "report"; readonly report: LaneReport }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two looks at the clock. */
const BEAT = 100;
/** Milliseconds without a sign of life after which the code hangs: a program takes less than one. */
const STUCK = 20_000;
/** Mebibytes of objects in a thread. */
const HEAP = 1536;

export class LaneThread {
  readonly #worker: Worker;
  readonly #timer: NodeJS.Timeout;
  readonly #patience = new Patience(STUCK);
  readonly #report: Promise<LaneReport>;
  #settle: { resolve(report: LaneReport): void; reject(error: Error): void } | undefined;

  /** Starts the lane. `onProgress` is called at most ten times a second. */
  constructor(task: LaneTask, onProgress: (progress: LaneProgress) => void) {
    this.#worker = new Worker(new URL("./lane-entry.js", import.meta.url), {
      ...{ name: "rmap-check", execArgv: [] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    this.#report = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // An interrupt leaves it alone.
    this.#report.catch(() => {});
    this.#worker.on("message", (message: LaneMessage) => {
      this.#patience.renew();
      if (message.kind === "progress") onProgress(message.progress);
      else if (message.kind === "report") this.#settle?.resolve(message.report);
      else this.#settle?.reject(revivedError(message.error));
    });
    this.#worker.on("error", (error) => this.#settle?.reject(error));
    this.#worker.on("exit", () =>
      this.#settle?.reject(new EnvironmentError("a thread of the check ended without a result")),
    );
    this.#timer = setInterval(() => {
      if (!this.#patience.isOver()) return;
      clearInterval(this.#timer);
      this.#settle?.reject(
        new WatchdogError(
          `a program does not come back within ${STUCK / 1000} s`,
          "look for a loop in the changed declarations that makes no shared access",
        ),
      );
    }, BEAT);
    this.#worker.postMessage(task);
  }

  /** The lane's result. Rejects with WatchdogError when the engine does not come back. */
  get report(): Promise<LaneReport> {
    return this.#report;
  }

  /** Ends the thread, whatever it does. */
  async dispose(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker.terminate();
  }
}
