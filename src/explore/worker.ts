/** Entry of the worker thread of `explore`, in Node and in browsers: it explores one race. */
import { builtin, isNode } from "../platform/host.js";
import { plainError } from "../platform/thread-error.js";
import { exploreRow, type RowTask } from "./row.js";
import type { ThreadMessage } from "./row-thread.js";

/** Milliseconds between two messages about progress. */
const BEAT = 250;

function answer(task: RowTask, say: (message: ThreadMessage) => void): void {
  let last = performance.now();
  try {
    const report = exploreRow(task, (progress) => {
      const now = performance.now();
      if (now - last >= BEAT) {
        last = now;
        say({ kind: "progress", progress });
      }
      return undefined;
    });
    say({ kind: "report", report });
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
}

if (isNode) {
  const port = builtin("node:worker_threads").parentPort;
  port?.once("message", (task: RowTask) => answer(task, (message) => port.postMessage(message)));
} else {
  self.addEventListener("message", (event: MessageEvent<RowTask>) =>
    answer(event.data, (message) => self.postMessage(message)),
  );
}
