/** Entry of a thread that judges mutants: it gets the compiled schemas once, and then one question after the other. */

import { parentPort } from "node:worker_threads";
import { threadNumber } from "../../build/thread-time.js";
import { plainError } from "../../platform/thread-error.js";
import { type Apparatus, judge, type Question, type Stage } from "./judge.js";
import type { JudgeAnswer, JudgeTask } from "./judge-thread.js";
import { SwitchBoard } from "./switch.js";

/** Milliseconds between two signs of life. */
const BEAT = 100;

function say(message: JudgeAnswer): void {
  parentPort?.postMessage(message);
}

let apparatus: Apparatus | undefined;
let last = 0;
let stage: Stage | undefined;

function tell(now: Stage): void {
  const at = performance.now();
  if (now === stage && at - last < BEAT) return;
  stage = now;
  last = at;
  say({ kind: "stage", stage: now });
}

say({ kind: "number", number: threadNumber() });
parentPort?.on("message", async (message: JudgeTask | Question) => {
  if (!("number" in message)) {
    const { checked, model, ...rest } = message;
    const boards = (all: readonly Uint8Array[]) => all.map((wasm) => new SwitchBoard(wasm));
    apparatus = {
      ...rest,
      checked: boards(checked),
      model: boards(model),
      reach: new Map(),
      mainline: new Map(),
    };
    return;
  }
  try {
    if (apparatus === undefined) throw new TypeError("the apparatus comes before the first question");
    say({ kind: "judged", judged: await judge(apparatus, message, tell) });
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
});
