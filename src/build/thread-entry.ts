/** Entry of the compiling thread: compiles what it was given, answers once. */

import { parentPort, workerData } from "node:worker_threads";
import { RmapError } from "../errors.js";
import { BuildError } from "./diagnostic.js";
import { compileInput } from "./engine.js";
import { suspect } from "./suspect.js";
import type { ThreadAnswer, ThreadProgress, ThreadStart, ThreadTask } from "./thread.js";
import { threadNumber } from "./thread-time.js";

const { input, text } = workerData as ThreadTask;

function describe(error: unknown): ThreadAnswer {
  const { message, stack } = error as Error;
  if (error instanceof BuildError) {
    return { error: { code: error.code, message, hint: error.hint, diagnostics: error.diagnostics } };
  }
  // The compiler calls itself for each level of what it reads; Binaryen, in WebAssembly, ends by a trap.
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
    const place = suspect(input.sources, input.changed, "the compiler gave up");
    return describe(new BuildError([place]));
  }
  if (error instanceof RmapError) return { error: { code: error.code, message, hint: error.hint } };
  return { error: { code: "EINTERNAL", message: stack ?? message, hint: "" } };
}

function tell(runs: boolean): void {
  const progress: ThreadProgress = { runs };
  parentPort?.postMessage(progress);
}

const start: ThreadStart = { number: threadNumber() };
parentPort?.postMessage(start);
const answer: ThreadAnswer = await compileInput(input, text, tell).then((engine) => ({ engine }), describe);
parentPort?.postMessage(answer);
