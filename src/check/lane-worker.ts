/** A thread that answers one question after the other. One that does not answer in time hangs, and is of no use any more. */

import { Worker } from "node:worker_threads";
import { EnvironmentError } from "../errors.js";
import type { Operation } from "../ops/operation.js";
import { Patience } from "../platform/patience.js";
import { type PlainError, revivedError } from "../platform/thread-error.js";
import type { LaneProgress, LaneReport } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import type { ShapeNumber } from "./sequential.js";

/** What a thread may be asked. */
export type LaneQuestion =
  | { readonly kind: "lane"; readonly task: LaneTask }
  /** Run the lane's programs up to this one, and tell each of its operations before it begins. */
  | { readonly kind: "retrace"; readonly task: LaneTask; readonly program: number }
  /** Run this program. */
  | {
      readonly kind: "try";
      readonly module: WebAssembly.Module;
      readonly machine: ShapeNumber;
      readonly operations: readonly Operation[];
    };

/** The thread's messages: how far the lane or the program is, and in the end the result, or that the program is done. */
export type LaneMessage =
  | { readonly kind: "progress"; readonly progress: LaneProgress; readonly report?: LaneReport }
  | { readonly kind: "report"; readonly report: LaneReport }
  /** An operation of a program begins, and ends. */
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "came back" }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two looks at the clock. */
const BEAT = 100;
/** Mebibytes of objects in a thread. */
const HEAP = 1536;

export class LaneWorker {
  readonly #worker: Worker;
  readonly #stuck: number;

  /** `stuck`: milliseconds of processor time without a sign of life after which it hangs, unless a question says another. */
  constructor(stuck: number) {
    this.#stuck = stuck;
    this.#worker = new Worker(new URL("./lane-entry.js", import.meta.url), {
      ...{ name: "rmap-check", execArgv: [] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
  }

  /**
   * Asks, and calls `onSign` for each sign of life. Resolves to the last message; undefined: it hangs, and its thread
   * has ended. Rejects with the thread's error.
   */
  async ask(
    question: LaneQuestion,
    onSign?: (message: LaneMessage) => void,
    stuck = this.#stuck,
  ): Promise<LaneMessage | undefined> {
    const worker = this.#worker;
    const patience = new Patience(stuck);
    worker.removeAllListeners();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<LaneMessage | undefined>((resolve, reject) => {
        worker.on("message", (message: LaneMessage) => {
          patience.renew();
          if (message.kind === "error") reject(revivedError(message.error));
          else if (message.kind === "report" || message.kind === "done") resolve(message);
          else onSign?.(message);
        });
        worker.on("error", reject);
        worker.on("exit", () => reject(new EnvironmentError("a thread of the check ended without a result")));
        timer = setInterval(() => patience.isOver() && resolve(undefined), BEAT);
        worker.postMessage(question);
      });
    } finally {
      clearInterval(timer);
      worker.removeAllListeners();
    }
  }

  /** Ends the thread, whatever it does. */
  end(): Promise<number> {
    return this.#worker.terminate();
  }
}
