/** The worker threads of all CPUs: their states, and the first failure that stopped them. */

import { EngineCrashError, EnvironmentError, type RmapError } from "../errors.js";
import { missingScript } from "../platform/beside.js";
import { FairClock } from "../platform/fair-clock.js";
import type { Control } from "./control.js";
import { ended, startCpuThread, wrongMessage } from "./cpu-thread.js";
import type { StartMessage, WorkerMessage } from "./messages.js";
import { crashError } from "./panic.js";
import { spawnThread, type Thread, type ThreadFactory } from "./thread.js";

/** What a CPU's thread has told so far. */
export type WorkerState = "starting" | "alive" | "ready" | "stopped" | "crashed" | "ended";

/** Milliseconds of one slice of a wait; between slices we check limits and look for crashes. */
export const SLICE = 50;
/** Milliseconds that workers have to leave their run loop. Then we terminate them. */
const STOP_DEADLINE = 2000;
/** Milliseconds that a CPU has after a trap to send its reason. */
const LAST_WORDS = 500;

export class Workers {
  readonly #control: Control;
  /** The user's own factory, if any. */
  readonly #factory: ThreadFactory | undefined;
  readonly #threads: Thread[] = [];
  readonly #states: WorkerState[] = [];
  readonly #counts: (readonly number[])[] = [];
  #failure: RmapError | undefined;
  #stopping = false;
  #stopped: Promise<void> | undefined;
  #changed: () => void = () => {};

  constructor(control: Control, factory: ThreadFactory | undefined) {
    this.#control = control;
    this.#factory = factory;
  }

  /** Why the CPUs stopped by themselves; undefined when they did not. */
  get failure(): RmapError | undefined {
    return this.#failure;
  }

  /** By CPU that has ended by itself: how often each counter of its module ran. */
  get counts(): readonly (readonly number[])[] {
    return this.#counts;
  }

  /** True from the first `stop` on. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Notes why the CPUs cannot go on. The first reason stays. */
  fail(error: RmapError | undefined): void {
    this.#failure ??= error;
  }

  /** Starts the threads of all CPUs. Throws UsageError or EnvironmentError when one cannot start; call `stop` then. */
  spawn(module: WebAssembly.Module, memory: WebAssembly.Memory): void {
    for (let cpu = 0; cpu < this.#control.cpus; cpu++) this.#spawn({ kind: "start", module, memory, cpu });
  }

  /** Numbers of the CPUs in some states. */
  in(...states: WorkerState[]): number[] {
    return this.#states.flatMap((state, cpu) => (states.includes(state) ? [cpu] : []));
  }

  /** Resolves at the next message or end of any worker, or after a slice. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SLICE);
      this.#changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A CPU has stopped all others: waits a moment for its own message, then reads the record in memory. */
  async lastWords(): Promise<void> {
    const clock = new FairClock();
    while (!this.#failure && clock.now() < LAST_WORDS) await this.change();
    this.#failure ??= crashError(this.#control);
  }

  /** Asks all CPUs to stop, terminates those that do not stop in time, and waits until no thread is left. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#control.askStop();
    const clock = new FairClock();
    while (this.in("ready").length > 0 && clock.now() < STOP_DEADLINE) await this.change();
    // Nobody waits without a bound for threads of another factory.
    if (this.#factory === undefined)
      await Promise.allSettled(this.#threads.map((thread) => thread.terminate()));
    else await ended(this.#threads);
  }

  #spawn(message: StartMessage): void {
    const { cpu } = message;
    this.#states[cpu] = "starting";
    const events = {
      onMessage: (sent: WorkerMessage) => this.#onMessage(cpu, sent),
      onEnd: (error: string | undefined) => this.#onEnd(cpu, error),
    };
    startCpuThread(this.#factory ?? spawnThread, message, events, (thread) => {
      this.#threads[cpu] = thread;
    });
  }

  #onMessage(cpu: number, message: WorkerMessage): void {
    const wrong = wrongMessage(cpu, message);
    if (wrong !== undefined) {
      this.fail(wrong);
      this.#changed();
      return;
    }
    this.#states[cpu] = message.kind;
    if ("counts" in message && Array.isArray(message.counts)) this.#counts.push(message.counts);
    if (message.kind === "crashed") this.#failure ??= crashError(this.#control, message.message);
    if (message.kind === "stopped" && !this.#stopping && !this.#control.panicked) {
      const damage = this.#control.damage();
      this.fail(
        new EngineCrashError(`CPU ${cpu} left its run loop without a request${damage ? `: ${damage}` : ""}`),
      );
    }
    this.#changed();
  }

  #onEnd(cpu: number, error: string | undefined): void {
    const before = this.#states[cpu];
    this.#states[cpu] = "ended";
    if (!this.#stopping && before !== "stopped" && before !== "crashed") {
      const why = error ? `: ${error}` : "";
      const hint = before === "starting" && this.#factory === undefined ? missingScript("worker.js") : "";
      this.fail(new EnvironmentError(`the worker thread of CPU ${cpu} ended unexpectedly${why}`, hint));
      this.#control.stopForCrash(cpu);
    }
    this.#changed();
  }
}
