/** Entry of a row's thread. It runs a row, sends a sign of life several times a second, and answers once. */
import { parentPort, workerData } from "node:worker_threads";
import { plainError } from "../platform/thread-error.js";
import { type RowProgress, runRow } from "./row.js";
import { BEAT, type RowMessage, type RowTask } from "./row-thread.js";

function say(message: RowMessage): void {
  parentPort?.postMessage(message);
}

let progress: RowProgress | undefined;

say({ kind: "alive" });
const beat = setInterval(() => say({ kind: "beat", progress }), BEAT);
try {
  const report = await runRow({
    ...(workerData as RowTask),
    // The other side ends this thread, and with it the CPUs, even if they are stuck.
    dispose: false,
    onProgress: (state) => {
      progress = state;
      // From here on the thread calls into the module, and sends nothing until it returns.
      if (state.atRest) say({ kind: "beat", progress });
    },
  });
  say({ kind: "report", report });
} catch (error) {
  say({ kind: "error", error: plainError(error) });
} finally {
  clearInterval(beat);
}
