/** Entry of a thread that works on an engine which is not the package's own. */
import { parentPort, workerData } from "node:worker_threads";
import { runBench } from "../bench/suite.js";
import { plainError } from "../platform/thread-error.js";
import type { Disposable, Work } from "./context.js";
import { runReplay } from "./fresh-replay.js";
import { runFresh } from "./fresh-run.js";
import { BEAT, type GuardedMessage, type GuardedTask } from "./guarded.js";

function say(message: GuardedMessage): void {
  parentPort?.postMessage(message);
}

/** The other side ends this thread after an interrupt, and with it all that is in use. */
async function using<D extends Disposable, R>(disposable: D, work: (one: D) => Promise<R>): Promise<R> {
  try {
    return await work(disposable);
  } finally {
    await disposable.dispose();
  }
}

let told = Number.NEGATIVE_INFINITY;

const work: Work = {
  using,
  tell(done, state) {
    const now = performance.now();
    if (now - told < BEAT) return;
    told = now;
    say({ kind: "tell", done, state });
  },
};

function resultOf(task: GuardedTask): Promise<unknown> {
  if (task.kind === "run") return runFresh(task.task, work);
  if (task.kind === "replay") return runReplay(task.settings, work);
  return runBench({
    ...task.options,
    using,
    onStep: (what) => say({ kind: "step", what }),
    onRow: (soFar) => say({ kind: "row", soFar }),
  });
}

const beat = setInterval(() => say({ kind: "beat" }), BEAT);
try {
  say({ kind: "result", result: await resultOf(workerData as GuardedTask) });
} catch (error) {
  say({ kind: "error", error: plainError(error) });
} finally {
  clearInterval(beat);
}
