/** Entry of a thread of a check: it runs one lane, or a program, and sends signs of life. */

import { parentPort } from "node:worker_threads";
import type { Operation } from "../ops/operation.js";
import { type PlainError, plainError } from "../platform/thread-error.js";
import { CheckedMachine } from "./checked-machine.js";
import { type LaneProgress, type LaneReport, type LaneTask, runLane } from "./lane.js";
import { runList } from "./program.js";
import { Sequential, SHAPES } from "./sequential.js";

/** What a thread may be asked. */
export type LaneQuestion =
  | { readonly kind: "lane"; readonly task: LaneTask }
  /** Run the lane's programs up to this one, and tell each of its operations before it begins. */
  | { readonly kind: "retrace"; readonly task: LaneTask; readonly program: number }
  /** Run this program. */
  | {
      readonly kind: "try";
      readonly module: WebAssembly.Module;
      readonly machine: 0 | 1;
      readonly operations: readonly Operation[];
    };

/** The thread's messages: how far the lane is, its result, or that the program came back. */
export type LaneMessage =
  | { readonly kind: "progress"; readonly progress: LaneProgress; readonly report?: LaneReport }
  | { readonly kind: "report"; readonly report: LaneReport }
  | { readonly kind: "operation"; readonly operation: Operation }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two signs of life, and between two that have all that the lane knows. */
const BEAT = 100;
const LONG = 1000;

let machine: CheckedMachine | undefined;

function say(message: LaneMessage): void {
  parentPort?.postMessage(message);
}

async function lane(task: LaneTask): Promise<void> {
  let [last, lastLong] = [0, 0];
  const report = await runLane(task, (progress, soFar) => {
    const now = performance.now();
    if (now - last < BEAT) return;
    last = now;
    if (now - lastLong < LONG) return say({ kind: "progress", progress });
    lastLong = now;
    say({ kind: "progress", progress, report: soFar() });
  });
  say({ kind: "report", report });
}

function retrace({ checked, seed, lane: number, lanes }: LaneTask, program: number): void {
  const search = new Sequential(checked, seed, number, lanes);
  const progress: LaneProgress = { stage: "programs", programs: 0, races: 0, executions: 0 };
  let last = performance.now();
  while (search.programs < program) {
    search.next();
    if (performance.now() - last < BEAT) continue;
    last = performance.now();
    say({ kind: "progress", progress });
  }
  search.next((operation) => say({ kind: "operation", operation }));
  say({ kind: "done" });
}

parentPort?.on("message", async (question: LaneQuestion) => {
  try {
    if (question.kind === "lane") await lane(question.task);
    else if (question.kind === "retrace") retrace(question.task, question.program);
    else {
      machine ??= new CheckedMachine(question.module, SHAPES[question.machine]);
      runList(machine, question.operations);
      say({ kind: "done" });
    }
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
});
