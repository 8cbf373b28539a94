/** Entry of an exploring thread: it explores one row after another, and sends signs of life. */

import { parentPort } from "node:worker_threads";
import { plainError } from "../platform/thread-error.js";
import { Coverage } from "./coverage.js";
import { exploreRow, type RowTask } from "./row.js";
import type { ThreadMessage } from "./row-thread.js";

/** Milliseconds between two signs of life. */
const BEAT = 100;

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function explore(task: RowTask): ThreadMessage {
  let last = performance.now();
  let coverage: Coverage | undefined;
  try {
    const report = exploreRow(
      task,
      (progress) => {
        const now = performance.now();
        if (now - last < BEAT) return undefined;
        last = now;
        say({ kind: "progress", progress });
        return undefined;
      },
      (runner) => {
        coverage = Coverage.of(runner, task.module);
      },
    );
    return { kind: "report", report: coverage ? { ...report, changed: coverage.changed } : report };
  } catch (error) {
    return { kind: "error", error: plainError(error) };
  }
}

parentPort?.on("message", (task: RowTask) => {
  say({ kind: "alive" });
  say(explore(task));
});
