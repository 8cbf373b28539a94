/**
 * A worker thread that is one CPU of a benchmark. It reads the clock itself, before and after the timed part of each
 * round, so that the figure contains no time of the host.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Control } from "../cpu/control.js";
import { Layout } from "../wasm/layout.js";
import { instantiateEngine } from "../wasm/loader.js";
import { MemoryView } from "../wasm/memory.js";
import { BenchCpu } from "./bench-cpu.js";
import { Histogram } from "./histogram.js";
import { type Place, PROGRAMS } from "./programs.js";
import { Round } from "./round.js";

/** What the thread gets. */
export interface ClockedJob {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly cpu: number;
  readonly program: string;
  readonly place: Place;
  /** Words that all threads share: how many threads are ready, which run may start, which run must stop. */
  readonly words: SharedArrayBuffer;
  readonly histograms: SharedArrayBuffer;
  readonly histogramOffset: number;
}

/** What the host asks for. */
export type ClockedRequest =
  | { readonly kind: "prepare" }
  | { readonly kind: "run"; readonly run: number; readonly cpus: number; readonly seconds: number }
  | { readonly kind: "latency"; readonly run: number; readonly cpus: number; readonly seconds: number };

/** What the thread answers. */
export type ClockedAnswer =
  | { readonly operations: number; readonly seconds: number }
  | { readonly error: string };

/** Places of the shared words. */
export const READY = 0;
export const STOPPED = 1;

const job = workerData as ClockedJob;
const words = new Int32Array(job.words);
const histogram = new Histogram(job.histograms, job.histogramOffset);
let round: Round | undefined;

function cpuOfThread(): BenchCpu {
  const control = new Control(new MemoryView(job.memory), Layout.of(job.module));
  const engine = instantiateEngine(job.module, job.memory);
  engine.cpuStart(job.cpu);
  return new BenchCpu(control, engine, job.cpu, job.memory);
}

/** Waits until all CPUs of a run are ready. The host has set the count to 0 before. */
function meet(run: number, cpus: number): void {
  Atomics.add(words, READY, 1);
  while (Atomics.load(words, READY) < cpus && Atomics.load(words, STOPPED) !== run);
}

function answer(request: ClockedRequest): ClockedAnswer {
  if (request.kind === "prepare") {
    const program = PROGRAMS[job.program];
    if (!program) throw new Error(`there is no program ${job.program}`);
    round = new Round(cpuOfThread(), job.place, program);
    return { operations: 0, seconds: 0 };
  }
  if (!round) throw new Error("the CPU was asked to run before it had prepared its place");
  const { run, cpus, seconds } = request;
  meet(run, cpus);
  let spent = 0;
  let rounds = 0;
  const done = round.operations(0);
  const stop = performance.now() + seconds * 20_000;
  // The CPU that first uses up its time ends the run for all, so that none runs on alone. A CPU without a finished
  // round by then (other programs had the machine) finishes one: a rate needs at least one round.
  let hasSome = false;
  const isOver = () =>
    spent >= seconds * 1000 || performance.now() >= stop || Atomics.load(words, STOPPED) === run;
  while (!hasSome || !isOver()) {
    if (request.kind === "latency") {
      round.latencies((nanoseconds) => {
        histogram.add(nanoseconds);
        spent += nanoseconds / 1e6;
      });
    } else {
      round.before();
      const start = performance.now();
      round.timed();
      spent += performance.now() - start;
      round.after();
    }
    rounds++;
    hasSome ||= spent > 0 && (request.kind === "latency" || round.operations(rounds) > done);
  }
  Atomics.store(words, STOPPED, run);
  return { operations: round.operations(rounds) - done, seconds: spent / 1000 };
}

parentPort?.on("message", (request: ClockedRequest) => {
  let reply: ClockedAnswer;
  try {
    reply = answer(request);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
