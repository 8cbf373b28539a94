/** Rows on the engine's worker CPUs. Each CPU times its own rounds. */
import { Worker } from "node:worker_threads";
import { boot } from "../cpu/boot.js";
import { WatchdogError } from "../errors.js";
import { afterUsable } from "../platform/fair-clock.js";
import type { ClockedAnswer, ClockedJob, ClockedRequest } from "./clocked-worker.js";
import { type EngineSource, OWN_ENGINE } from "./engine-source.js";
import { HISTOGRAM_BYTES, Histogram, type Latency } from "./histogram.js";
import { type Place, PROGRAMS, type Program, SLOTS_A_PLACE } from "./programs.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

/** Records of a CPU's ring. */
const QUEUE = 8192;
/** Bytes of each CPU's area behind the engine's own memory. */
const SCRATCH = 16384;
/** Milliseconds of available processor time that one answer may take (see FairClock). */
const TIMEOUT = 120_000;
const AT = 0x1000_0000_0000;

/** Numbers of the shared words, as in clocked-worker.ts. */
const READY = 0;

/** The place of a CPU. Regions lie far apart: no page table is shared. */
export function placeOf(index: number, shared: boolean, scratch: number): Place {
  const first = shared ? 0 : index * SLOTS_A_PLACE;
  return {
    index,
    space: first,
    other: first + SLOTS_A_PLACE - 1,
    at: AT + index * 2 ** 30,
    makesSpace: !shared || index === 0,
    scratch: scratch + index * SCRATCH,
  };
}

/** The engine options that a program needs on `cpus` CPUs. */
export function bootOptions(program: Program, cpus: number): NonNullable<Program["boot"]> {
  const { memory = 2 ** 26, swap = 0, ...rest } = program.boot ?? {};
  return {
    queueRecords: QUEUE,
    spaces: SLOTS_A_PLACE * Math.max(1, cpus),
    ...rest,
    memory: memory * Math.max(1, cpus),
    swap: swap * Math.max(1, cpus),
  };
}

/** One engine with its threads, prepared for one row. */
export class ClockedRow {
  readonly #engine: Subject["engine"];
  readonly #workers: readonly Worker[];
  readonly #words: Int32Array;
  readonly #histograms: readonly Histogram[];
  readonly #program: Program;
  #runs = 0;
  #disposed = false;

  private constructor(
    engine: Subject["engine"],
    program: Program,
    workers: Worker[],
    words: Int32Array,
    histograms: Histogram[],
  ) {
    this.#engine = engine;
    this.#program = program;
    this.#workers = workers;
    this.#words = words;
    this.#histograms = histograms;
  }

  /** Makes the engine and prepares every CPU's place. `name` is a program's; `shared`: all in one address space. */
  static async create(
    name: string,
    cpus: number,
    shared: boolean,
    source: EngineSource = OWN_ENGINE,
  ): Promise<ClockedRow> {
    const program = PROGRAMS[name];
    if (!program) throw new Error(`there is no program ${name}`);
    const wasm = await source.options("release");
    const machine = await boot({ cpus, ...bootOptions(program, cpus), ...wasm });
    const words = new SharedArrayBuffer(64);
    const histograms = new SharedArrayBuffer(HISTOGRAM_BYTES * cpus);
    const workers = Array.from({ length: cpus }, (_, cpu) => {
      const job: ClockedJob = {
        module: machine.module,
        memory: machine.memory,
        cpu,
        program: name,
        place: placeOf(cpu, shared, machine.scratch.offset),
        words,
        histograms,
        histogramOffset: cpu * HISTOGRAM_BYTES,
      };
      return new Worker(new URL("./clocked-worker.js", import.meta.url), { workerData: job, execArgv: [] });
    });
    const row = new ClockedRow(
      source.engine,
      program,
      workers,
      new Int32Array(words),
      workers.map((_, cpu) => new Histogram(histograms, cpu * HISTOGRAM_BYTES)),
    );
    try {
      // One after the other: the first CPU makes what the others share.
      for (const worker of workers) await ask(worker, { kind: "prepare" });
    } catch (error) {
      await row.dispose();
      throw error;
    }
    return row;
  }

  /** The row on the first `cpus` of its CPUs. */
  subject(cpus: number): Subject {
    const takesLatency = this.#program.each !== undefined;
    return {
      engine: this.#engine,
      cpus,
      measure: async (seconds) => {
        const answers = await this.#run("run", cpus, seconds);
        return answers.reduce((sum, { operations, seconds: spent }) => sum + rateOf(operations, spent), 0);
      },
      ...(takesLatency && { latency: (seconds: number) => this.#latency(cpus, seconds) }),
      dispose: () => this.dispose(),
    };
  }

  /** Ends the threads. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  async #latency(cpus: number, seconds: number): Promise<Latency | undefined> {
    // The first pass only warms up.
    for (let pass = 0; pass < 2; pass++) {
      for (const histogram of this.#histograms) histogram.clear();
      await this.#run("latency", cpus, seconds);
    }
    return Histogram.latency(this.#histograms);
  }

  #run(
    kind: "run" | "latency",
    cpus: number,
    seconds: number,
  ): Promise<{ operations: number; seconds: number }[]> {
    Atomics.store(this.#words, READY, 0);
    const request: ClockedRequest = { kind, run: ++this.#runs, cpus, seconds };
    return Promise.all(this.#workers.slice(0, cpus).map((worker) => ask(worker, request)));
  }
}

/** Asks a thread, and waits for its answer. */
function ask(worker: Worker, request: ClockedRequest): Promise<{ operations: number; seconds: number }> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      cancel();
      worker.removeAllListeners("message").removeAllListeners("error");
      act();
    };
    const cancel = afterUsable(TIMEOUT, () =>
      settle(() => reject(new WatchdogError("a thread of the benchmark did not answer in time"))),
    );
    worker.once("message", (answer: ClockedAnswer) =>
      settle(() => ("error" in answer ? reject(new Error(answer.error)) : resolve(answer))),
    );
    worker.once("error", (error) => settle(() => reject(error)));
    worker.postMessage(request);
  });
}
