/** Entry of a compiling thread. It answers each task, and takes one at a time. */

import { parentPort } from "node:worker_threads";
import { RmapError } from "../errors.js";
import { BuildError } from "./diagnostic.js";
import { compileInput, type EngineInput } from "./engine-input.js";
import { suspect } from "./suspect.js";
import type { ThreadAnswer, ThreadProgress, ThreadStart, ThreadTask } from "./thread.js";
import { threadNumber } from "./thread-time.js";

function describe(error: unknown, input: EngineInput): ThreadAnswer {
  const { message, stack } = error as Error;
  if (error instanceof BuildError) {
    return { error: { code: error.code, message, hint: error.hint, diagnostics: error.diagnostics } };
  }
  // The compiler recurses for each level of nesting. Binaryen, in WebAssembly, ends by a trap.
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
    const place = suspect(input.sources, input.changed, "the compiler gave up");
    return describe(new BuildError([place]), input);
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
parentPort?.on("message", async ({ input, text }: ThreadTask) => {
  const answer: ThreadAnswer = await compileInput(input, text, tell).then(
    (engine) => ({ engine }),
    (error: unknown) => describe(error, input),
  );
  parentPort?.postMessage(answer);
});
