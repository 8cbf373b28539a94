/** A thread that judges mutants. A mutant may loop for ever: then the thread ends, and another one goes on. */

import { Worker } from "node:worker_threads";
import { ThreadTime } from "../../build/thread-time.js";
import { EnvironmentError } from "../../errors.js";
import { Patience } from "../../platform/patience.js";
import { type PlainError, revivedError } from "../../platform/thread-error.js";
import type { Scenario } from "../../scenario/race.js";
import type { KernelCase } from "../kernel-answers.js";
import type { Judged, Question, Stage } from "./judge.js";

/** What a thread gets first. */
export interface JudgeTask {
  readonly checked: readonly Uint8Array[];
  readonly model: readonly Uint8Array[];
  readonly monitor: WebAssembly.Module;
  readonly answers: readonly KernelCase[];
  readonly catalogue: readonly Scenario[];
}

export type JudgeAnswer =
  | { readonly kind: "number"; readonly number: string | undefined }
  | { readonly kind: "stage"; readonly stage: Stage }
  | { readonly kind: "judged"; readonly judged: Judged }
  | { readonly kind: "error"; readonly error: PlainError };

/** Milliseconds between two looks at the clock. */
const BEAT = 100;
/** Milliseconds on a core without a sign of life, after which a mutant hangs: a program takes less than one. */
const STUCK = 2000;
/** The same of available processor time, for one that sleeps. */
const ASLEEP = 5000;
/** Mebibytes of objects in a thread. */
const HEAP = 1536;

/** The question that a thread works on. */
interface Job {
  resolve(judged: Judged): void;
  reject(error: Error): void;
  readonly patience: Patience;
  readonly began: number;
  /** The thread's processor time at its last sign of life. */
  alive: number;
  stage: Stage;
}

export class JudgeThread {
  readonly #task: JudgeTask;
  #worker: Worker | undefined;
  #time: ThreadTime | undefined;
  #job: Job | undefined;

  constructor(task: JudgeTask) {
    this.#task = task;
  }

  /** Judges a mutant. One call at a time. */
  async judge(question: Question): Promise<Judged> {
    this.#worker ??= this.#start();
    const timer = setInterval(() => this.#look(), BEAT);
    try {
      return await new Promise<Judged>((resolve, reject) => {
        const began = performance.now();
        const patience = new Patience(ASLEEP);
        const alive = this.#time?.milliseconds() ?? 0;
        this.#job = { resolve, reject, patience, began, alive, stage: "boot" };
        this.#worker?.postMessage(question);
      });
    } finally {
      clearInterval(timer);
      this.#job = undefined;
    }
  }

  /** Ends the thread, whatever it does. */
  async dispose(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** Ends a mutant that hangs, and its thread. */
  #look(): void {
    const job = this.#job;
    if (job === undefined || this.#time === undefined) return;
    if (this.#time.milliseconds() - job.alive < STUCK && !job.patience.isOver()) return;
    void this.dispose();
    const seen = { by: job.stage, invariant: "HANG", message: "an operation does not come back" };
    const seconds = Math.round(Math.min(performance.now() - job.began, STUCK)) / 1000;
    job.resolve({ seen, runs: 1, programs: 0, races: 0, executions: 0, seconds });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./judge-entry.js", import.meta.url), {
      ...{ name: "rmap-mutants", execArgv: [] },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    const time = new ThreadTime(worker);
    this.#time = time;
    worker.on("message", (answer: JudgeAnswer) => {
      if (answer.kind === "number") {
        time.is(answer.number);
        return;
      }
      const job = this.#job;
      if (job !== undefined) job.alive = time.milliseconds();
      job?.patience.renew();
      if (answer.kind === "judged") job?.resolve(answer.judged);
      else if (answer.kind === "error") job?.reject(revivedError(answer.error));
      else if (job !== undefined) job.stage = answer.stage;
    });
    worker.on("error", (error) => this.#job?.reject(error));
    worker.on("exit", () => {
      // One that was ended is not the one that works now.
      if (this.#worker === worker)
        this.#job?.reject(new EnvironmentError("a thread that judges mutants has ended"));
    });
    worker.postMessage(this.#task);
    return worker;
  }
}
