/** Entry of a thread of a check: it runs one lane, and sends signs of life. */

import { parentPort } from "node:worker_threads";
import { plainError } from "../platform/thread-error.js";
import { type LaneTask, runLane } from "./lane.js";
import type { LaneMessage } from "./lane-thread.js";

/** Milliseconds between two signs of life. */
const BEAT = 100;

function say(message: LaneMessage): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", async (task: LaneTask) => {
  let last = 0;
  try {
    const report = await runLane(task, (progress) => {
      const now = performance.now();
      if (now - last < BEAT) return;
      last = now;
      say({ kind: "progress", progress });
    });
    say({ kind: "report", report });
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
});
