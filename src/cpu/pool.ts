/**
 * The worker threads that are the engine's CPUs: started once, fed through their rings, stopped by the stop word.
 *
 * A worker stays inside WebAssembly for its whole life. The host learns of progress from the `done` words in shared
 * memory, never by messages; the price is that a worker's event loop does not turn, so it can report
 * a crash only after it has left the run loop. Every wait here is bounded and looks again.
 */

import { EngineCrashError, EnvironmentError, RmapError, UsageError, WatchdogError } from "../errors.js";
import { FairClock } from "../platform/fair-clock.js";
import { sleep } from "../platform/host.js";
import { Patience } from "../platform/patience.js";
import { callable, given, show, wholeNumber } from "../text/arguments.js";
import type { Control } from "./control.js";
import { Kswapd } from "./kswapd.js";
import type { WorkerMessage } from "./messages.js";
import { crashError, describePosition } from "./panic.js";
import { Ring } from "./ring.js";
import { spawnThread, type Thread, type ThreadFactory } from "./thread.js";

/** How the workers are started and watched. */
export interface PoolOptions {
  /** Makes a worker thread; by default the package's own worker file on this platform's threads. */
  readonly threads?: ThreadFactory;
  /**
   * Milliseconds without a worker that gets ready, after which those that are not are given up: of the time that this program
   * can use (FairClock). Default 30,000; with `threads` 4,000.
   */
  readonly readyTimeout?: number;
  /** Milliseconds without any progress after which a wait gives up, of the time that this program can use. Default 30,000. */
  readonly watchdog?: number;
  /** The last worker CPU is kswapd, and takes no operations. */
  readonly kswapd?: boolean;
}

/** Milliseconds that workers get to leave their run loop before they are terminated. */
const STOP_DEADLINE = 2000;
/** Milliseconds that a CPU that trapped gets to say why. */
const LAST_WORDS = 500;
/** Milliseconds without progress after which a wait gives up, unless told otherwise. */
const WATCHDOG = 30_000;
/** Milliseconds that a worker, once its thread runs, may take to become a CPU: the engine's own code of that takes one or two. */
const BECOMING = 4000;
/** Milliseconds without a worker that gets ready, unless told otherwise: for this package's own threads, and for another's. */
const OWN_READY = 30_000;
const OTHER_READY = 4000;
/** Milliseconds that threads of another's making may take to end, once they are told to. */
const OTHER_END = 1000;
/** The longest that a timer waits, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;
/** Milliseconds of one slice of a wait; between slices the watchdog and crashes are looked at. */
const SLICE = 50;

/** Throws UsageError for options that make no sense. Returns the milliseconds that workers may take to be ready. */
export function checkPoolOptions({ threads, readyTimeout, watchdog }: PoolOptions): number {
  if (threads !== undefined) callable("threads", threads);
  const range = { unit: "milliseconds", low: 1, high: MAX_TIMER };
  wholeNumber("watchdog", given(watchdog, WATCHDOG), range);
  return wholeNumber(
    "readyTimeout",
    given(readyTimeout, threads === undefined ? OWN_READY : OTHER_READY),
    range,
  );
}

type CpuState = "starting" | "alive" | "ready" | "stopped" | "crashed" | "ended";

export class CpuPool {
  /** One ring a worker CPU that takes operations. */
  readonly rings: readonly Ring[];
  /** The CPU that keeps frames free, if there is one; it does not run yet. */
  readonly kswapd: Kswapd | undefined;
  readonly #control: Control;
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;
  readonly #options: PoolOptions;
  /** Byte offsets, in a CPU's block, of what changes while it works. */
  readonly #counters: readonly number[];
  readonly #threads: Thread[] = [];
  readonly #states: CpuState[] = [];
  #failure: RmapError | undefined;
  #stopping = false;
  #stopped: Promise<void> | undefined;
  #stateChanged: () => void = () => {};

  private constructor(
    control: Control,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options: PoolOptions,
  ) {
    this.#control = control;
    this.#module = module;
    this.#memory = memory;
    this.#options = options;
    const workers = control.cpus - (options.kswapd ? 1 : 0);
    this.rings = Array.from({ length: workers }, (_, cpu) => new Ring(control, cpu));
    this.kswapd = options.kswapd ? new Kswapd(control, workers, options.watchdog ?? WATCHDOG) : undefined;
    const struct = control.layout.struct("Cpu");
    this.#counters = ["index", ...struct.fieldsWith("stat")].map((field) => struct.offset(field));
  }

  /**
   * Starts all CPUs of a booted engine and waits until they run. Throws UsageError for options that make no sense,
   * EnvironmentError when a worker cannot be started, and WatchdogError when one does not get ready in time; nothing is left
   * behind then.
   */
  static async start(
    control: Control,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options: PoolOptions = {},
  ): Promise<CpuPool> {
    const timeout = checkPoolOptions(options);
    const pool = new CpuPool(control, module, memory, options);
    try {
      for (let cpu = 0; cpu < control.cpus; cpu++) pool.#spawn(cpu);
      await pool.#ready(timeout);
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  /** Milliseconds without any progress after which a wait gives up. */
  get watchdog(): number {
    return this.#options.watchdog ?? WATCHDOG;
  }

  /** Why the engine stopped by itself, or undefined. */
  get failure(): RmapError | undefined {
    return this.#failure;
  }

  /** Throws when a CPU crashed, ended or the pool was stopped. */
  assertRunning(): void {
    if (this.#failure) throw this.#failure;
    if (this.#stopping) throw new RmapError("ESTOPPED", "the engine's CPUs are stopped");
  }

  /**
   * Waits until a CPU has told about progress beyond `seen` (a value of its `done` word). Throws the crash's error when a CPU crashed,
   * and WatchdogError when no CPU made any progress for too long.
   */
  async progress(ring: Ring, seen: number): Promise<void> {
    const limit = this.watchdog;
    const index = ring.doneOffset >>> 2;
    const i32 = this.#control.view.i32;
    // Waiting for memory does not keep the program alive, a timer does.
    const alive = setInterval(() => {}, 60_000);
    try {
      let signature = "";
      const clock = new FairClock();
      let since = 0;
      for (;;) {
        this.assertRunning();
        if (ring.done !== seen) return this.#assertIntact(ring);
        if (typeof Atomics.waitAsync === "function") {
          const wait = Atomics.waitAsync(i32, index, seen | 0, SLICE);
          if (wait.async) await wait.value;
        } else {
          await sleep(1);
        }
        if (ring.done !== seen) return this.#assertIntact(ring);
        if (this.#control.panicked) await this.#crashReport();
        const now = clock.now();
        const current = this.#signature();
        if (current !== signature) {
          signature = current;
          since = now;
        } else if (now - since > limit) {
          this.#failure = this.#damageError(ring) ?? this.#watchdogError(limit);
        }
      }
    } finally {
      clearInterval(alive);
    }
  }

  /** Waits until every CPU has executed everything published. Throws as `progress` does. */
  async idle(): Promise<void> {
    for (const ring of this.rings) ring.publish();
    for (const ring of this.rings) {
      for (let done = ring.done; done !== ring.produced; done = ring.done) await this.progress(ring, done);
    }
    this.assertRunning();
  }

  /** Asks all CPUs to stop, terminates those that do not within a deadline, and waits until no thread is left. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#control.askStop();
    const clock = new FairClock();
    while (this.#states.some((state) => state === "ready") && clock.now() < STOP_DEADLINE) {
      await this.#stateChange(SLICE);
    }
    const ended = Promise.allSettled(this.#threads.map(async (thread) => thread.terminate()));
    if (this.#options.threads === undefined) {
      await ended;
      return;
    }
    // A thread of another's making may never say that it has ended: nobody is kept waiting by it.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, OTHER_END);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }

  #spawn(cpu: number): void {
    this.#states[cpu] = "starting";
    const spawn = this.#options.threads ?? spawnThread;
    let thread: Thread;
    try {
      thread = spawn(`rmap-cpu-${cpu}`, {
        onMessage: (message) => this.#onMessage(cpu, message),
        onEnd: (error) => this.#onEnd(cpu, error),
      });
    } catch (error) {
      if (error instanceof RmapError) throw error;
      throw new EnvironmentError(
        `the worker thread of CPU ${cpu} cannot be started: ${(error as Error).message}`,
      );
    }
    mustBeThread(thread);
    this.#threads[cpu] = thread;
    try {
      thread.post({ kind: "start", module: this.#module, memory: this.#memory, cpu });
    } catch (error) {
      throw new EnvironmentError(
        `the worker thread of CPU ${cpu} does not take a message: ${(error as Error).message}`,
        "its `post` passes on what it gets, as postMessage does",
      );
    }
  }

  async #ready(timeout: number): Promise<void> {
    const patience = new Patience(timeout);
    const becoming = new Patience(BECOMING);
    let starting = this.#states.length;
    for (;;) {
      if (this.#failure) throw this.#failure;
      const missing = this.#cpusThatAre("starting", "alive");
      if (missing.length === 0) return;
      // Threads come up one by one: only where all have, the engine's own code is what keeps them.
      if (this.#cpusThatAre("starting").length > 0) becoming.renew();
      else if (becoming.isOver()) {
        throw new WatchdogError(
          `the engine's own code keeps CPU ${missing.join(", ")}: its start does not end within ${BECOMING / 1000} s`,
          "code at the top level of the engine's sources, or cpuStart, does not come to its end",
        );
      }
      if (missing.length < starting) patience.renew();
      starting = missing.length;
      if (patience.isOver()) {
        throw new WatchdogError(
          `CPU ${missing.join(", ")} did not start within ${timeout / 1000} s`,
          this.#options.threads === undefined
            ? "the machine may be overloaded; ask for fewer CPUs"
            : "each of your threads must run the package's worker file, and pass messages on in both directions",
        );
      }
      await this.#stateChange(SLICE);
    }
  }

  /** Numbers of the CPUs in some states. */
  #cpusThatAre(...states: CpuState[]): number[] {
    return this.#states.flatMap((state, cpu) => (states.includes(state) ? [cpu] : []));
  }

  /** Resolves at the next message or end of any worker, or after some milliseconds. */
  #stateChange(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, milliseconds));
      this.#stateChanged = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onMessage(cpu: number, message: WorkerMessage): void {
    if (!MESSAGES.includes((message as WorkerMessage | undefined)?.kind)) {
      this.#failure ??= new UsageError(
        `the thread of CPU ${cpu} passed ${show(message)} on, which is no message of a worker`,
        "pass the data of the worker's messages to onMessage, not their events",
      );
      this.#stateChanged();
      return;
    }
    this.#states[cpu] = message.kind;
    if (message.kind === "crashed") this.#failure ??= crashError(this.#control, message.message);
    if (message.kind === "stopped" && !this.#stopping && !this.#control.panicked) {
      const damage = this.#control.damage();
      this.#failure ??= new EngineCrashError(
        `CPU ${cpu} has left its run loop, and nobody asked it to${damage ? `: ${damage}` : ""}`,
      );
    }
    this.#stateChanged();
  }

  #onEnd(cpu: number, error: string | undefined): void {
    const before = this.#states[cpu];
    this.#states[cpu] = "ended";
    if (!this.#stopping && before !== "stopped" && before !== "crashed") {
      const why = error ? `: ${error}` : "";
      this.#failure ??= new EnvironmentError(`the worker thread of CPU ${cpu} ended unexpectedly${why}`);
      this.#control.stopForCrash(cpu);
    }
    this.#stateChanged();
  }

  /** A CPU has stopped all others: waits a moment for its own words, then takes the record in memory. */
  async #crashReport(): Promise<void> {
    const clock = new FairClock();
    while (!this.#failure && clock.now() < LAST_WORDS) await this.#stateChange(SLICE);
    this.#failure ??= crashError(this.#control);
  }

  /** Throws when a ring's words, which a CPU shares with this side, make no sense. */
  #assertIntact(ring: Ring): void {
    this.#failure ??= this.#damageError(ring);
    if (this.#failure) throw this.#failure;
  }

  #damageError(ring: Ring): EngineCrashError | undefined {
    const damage = ring.damage() ?? this.#control.damage();
    return damage === undefined ? undefined : new EngineCrashError(damage, "the engine is stopped");
  }

  /** A value that changes whenever any CPU does something. */
  #signature(): string {
    const { view } = this.#control;
    return this.rings
      .map((ring) => {
        const base = this.#control.cpuBase(ring.cpu);
        const counters = this.#counters.reduce((sum, offset) => (sum + view.u32(base + offset)) >>> 0, 0);
        return `${ring.done}/${counters}`;
      })
      .join(" ");
  }

  #watchdogError(limit: number): WatchdogError {
    const where = this.rings.map((ring) => `CPU ${ring.cpu}: ${describePosition(this.#control, ring.cpu)}`);
    return new WatchdogError(
      `no CPU made progress for ${limit / 1000} s; ${where.join("; ")}`,
      "a lock-up, or a machine that is far too slow; the checked build may tell more",
    );
  }
}

const MESSAGES: readonly (string | undefined)[] = [
  "alive",
  "ready",
  "stopped",
  "crashed",
] satisfies WorkerMessage["kind"][];

/** Throws UsageError for what a thread factory must not return. */
function mustBeThread(thread: unknown): asserts thread is Thread {
  const { post, terminate } = (thread ?? {}) as Partial<Thread>;
  if (typeof post === "function" && typeof terminate === "function") return;
  throw new UsageError(
    `threads must return a thread with the functions post and terminate, not ${show(thread)}`,
    "return it at once, not as a promise",
  );
}
