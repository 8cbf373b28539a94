/** Entry of a thread that judges mutants: it gets the compiled schemas once, and then one question after the other. */

import { parentPort } from "node:worker_threads";
import { plainError } from "../../platform/thread-error.js";
import { type Apparatus, judge, type Question, type Stage } from "./judge.js";
import type { JudgeAnswer, JudgeTask } from "./judge-thread.js";
import { SwitchBoard } from "./switch.js";

/** Milliseconds between two signs of life. */
const BEAT = 100;

function say(message: JudgeAnswer): void {
  parentPort?.postMessage(message);
}

let apparatus: readonly Apparatus[] = [];
let last = 0;
let stage: Stage | undefined;

function tell(now: Stage): void {
  const at = performance.now();
  if (now === stage && at - last < BEAT) return;
  stage = now;
  last = at;
  say({ kind: "stage", stage: now });
}

parentPort?.on("message", async (message: JudgeTask | { batch: number; question: Question }) => {
  if ("batches" in message) {
    const { batches, monitor, answers, catalogue } = message;
    const reach = new Map<string, ReadonlySet<string>>();
    apparatus = batches.map(({ checked, model }) => ({
      ...{ checked: new SwitchBoard(checked), model: new SwitchBoard(model) },
      ...{ monitor, answers, catalogue, reach },
    }));
    return;
  }
  try {
    const judged = await judge(apparatus[message.batch] as Apparatus, message.question, tell);
    say({ kind: "judged", judged });
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
});
