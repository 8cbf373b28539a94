/** Entry of a thread of a check: it runs one lane, or a program, and sends signs of life. */

import { parentPort } from "node:worker_threads";
import type { Operation } from "../ops/operation.js";
import { plainError } from "../platform/thread-error.js";
import { CheckedMachine } from "./checked-machine.js";
import { runLane } from "./lane.js";
import type { LaneProgress } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import type { LaneMessage, LaneQuestion } from "./lane-worker.js";
import { runList } from "./program.js";
import { Sequential, SHAPES } from "./sequential.js";

/** Milliseconds between two signs of life, and between two that have all that the lane knows. */
const BEAT = 100;
const LONG = 1000;

let machine: CheckedMachine | undefined;

function say(message: LaneMessage): void {
  parentPort?.postMessage(message);
}

function begins(operation: Operation): void {
  say({ kind: "operation", operation });
}

function ends(): void {
  say({ kind: "came back" });
}

async function lane(task: LaneTask): Promise<void> {
  let [last, lastLong] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
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
  search.next(begins, ends);
  say({ kind: "done" });
}

parentPort?.on("message", async (question: LaneQuestion) => {
  try {
    if (question.kind === "lane") await lane(question.task);
    else if (question.kind === "retrace") retrace(question.task, question.program);
    else {
      machine ??= new CheckedMachine(question.module, SHAPES[question.machine]);
      runList(machine, question.operations, ends, begins);
      say({ kind: "done" });
    }
  } catch (error) {
    say({ kind: "error", error: plainError(error) });
  }
});
