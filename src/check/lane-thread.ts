/** A lane in a thread of its own: a folder's code may loop for ever, and then nothing but another thread can end it. */

import { WatchdogError } from "../errors.js";
import { hangOf } from "./hang.js";
import type { LaneProgress, LaneReport } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import { LaneWorker } from "./lane-worker.js";

/** Milliseconds without a sign of life after which the code hangs: a program takes less than one. */
const STUCK = 20_000;

export class LaneThread {
  readonly #worker = new LaneWorker(STUCK);
  readonly #report: Promise<LaneReport>;
  #latest: LaneReport | undefined;

  /** Starts the lane. `onProgress` is called at most ten times a second. */
  constructor(task: LaneTask, onProgress: (progress: LaneProgress) => void) {
    this.#report = this.#run(task, onProgress);
    // An interrupt leaves it alone.
    this.#report.catch(() => {});
  }

  /**
   * The lane's result. A program that does not come back is a finding. Rejects with WatchdogError when nobody knows
   * what it was.
   */
  get report(): Promise<LaneReport> {
    return this.#report;
  }

  /** What it has said last; undefined: nothing yet. */
  get latest(): LaneReport | undefined {
    return this.#latest;
  }

  /** Ends the thread, whatever it does. */
  async dispose(): Promise<void> {
    await this.#worker.end();
  }

  async #run(task: LaneTask, onProgress: (progress: LaneProgress) => void): Promise<LaneReport> {
    const last = await this.#worker.ask({ kind: "lane", task }, (sign) => {
      if (sign.kind !== "progress") return;
      this.#latest = sign.report ?? this.#latest;
      onProgress(sign.progress);
    });
    if (last?.kind === "report") {
      this.#latest = last.report;
      return last.report;
    }
    await this.#worker.end();
    if (this.#latest === undefined)
      throw new WatchdogError(
        `the folder's engine does not come back within ${STUCK / 1000} s of its boot and its first faults`,
        "look for a loop in the changed declarations that every fault runs",
      );
    const hang = await hangOf(task, STUCK);
    if (hang === undefined)
      throw new WatchdogError(
        `a program does not come back within ${STUCK / 1000} s`,
        "look for a loop in the changed declarations that makes no shared access",
      );
    const latest = this.#latest;
    if ("found" in hang) return { ...latest, found: hang.found };
    return { ...latest, mainline: [...latest.mainline, hang.mainline] };
  }
}
