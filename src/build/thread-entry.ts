/** Entry of the compiling thread: compiles what it was given, answers once. */

import { parentPort, workerData } from "node:worker_threads";
import { RmapError } from "../errors.js";
import { BuildError } from "./diagnostic.js";
import { compileInput } from "./engine.js";
import type { ThreadAnswer, ThreadTask } from "./thread.js";

const { input, text } = workerData as ThreadTask;

function describe(error: unknown): ThreadAnswer {
  const { message, stack } = error as Error;
  if (error instanceof BuildError) {
    return { error: { code: error.code, message, hint: error.hint, diagnostics: error.diagnostics } };
  }
  if (error instanceof RmapError) return { error: { code: error.code, message, hint: error.hint } };
  return { error: { code: "EINTERNAL", message: stack ?? message, hint: "" } };
}

const answer: ThreadAnswer = await compileInput(input, text).then((engine) => ({ engine }), describe);
parentPort?.postMessage(answer);
