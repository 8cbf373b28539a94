/**
 * The worker threads that are the engine's CPUs. They start once, get operations through their rings, and stop by the
 * stop word.
 *
 * A worker stays inside WebAssembly for its whole life. The host reads progress from the `done` words in shared
 * memory and never gets messages about it. The price: a worker's event loop does not run, so a worker can report a
 * crash only after it has left the run loop. Every wait here is bounded and checks again.
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

/** How to start and watch the workers. */
export interface PoolOptions {
  /** Makes a worker thread; by default the package's own worker file on this platform's threads. */
  readonly threads?: ThreadFactory;
  /**
   * Milliseconds of available processor time (see FairClock). When no worker gets ready for so long, the engine gives
   * up on the missing ones. Default 30,000; with `threads` 4,000.
   */
  readonly readyTimeout?: number;
  /**
   * Milliseconds of available processor time (see FairClock). When there is no progress for so long, a wait gives up.
   * Default 30,000.
   */
  readonly watchdog?: number;
  /** The last worker CPU is kswapd, and takes no operations. */
  readonly kswapd?: boolean;
}

/** Milliseconds that workers have to leave their run loop. Then we terminate them. */
const STOP_DEADLINE = 2000;
/** Milliseconds that a CPU has after a trap to send its reason. */
const LAST_WORDS = 500;
/** Default milliseconds without progress after which a wait gives up. */
const WATCHDOG = 30_000;
/** Milliseconds that a running worker thread has to become a CPU. The engine's own code needs one or two. */
const BECOMING = 4000;
/**
 * Default milliseconds without a worker that gets ready: for this package's threads, and for threads of your own
 * factory.
 */
const OWN_READY = 30_000;
const OTHER_READY = 4000;
/** Milliseconds that threads of your own factory have to end after `terminate`. */
const OTHER_END = 1000;
/** The longest wait of a timer, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;
/** Milliseconds of one slice of a wait; between slices we check the watchdog and look for crashes. */
const SLICE = 50;

/** Throws UsageError for options that make no sense. Returns the milliseconds that workers have to get ready. */
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
  /** One ring for each worker CPU that takes operations. */
  readonly rings: readonly Ring[];
  /** The CPU that keeps frames free, if any. It does not run yet. */
  readonly kswapd: Kswapd | undefined;
  readonly #control: Control;
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;
  readonly #options: PoolOptions;
  /** Byte offsets, in a CPU's block, of the words that change while it works. */
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
   * EnvironmentError when a worker cannot start, and WatchdogError when one does not get ready in time. After an
   * error no thread is left.
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

  /** Why the engine stopped by itself; undefined when it did not. */
  get failure(): RmapError | undefined {
    return this.#failure;
  }

  /** Throws when a CPU crashed, ended or the pool was stopped. */
  assertRunning(): void {
    if (this.#failure) throw this.#failure;
    if (this.#stopping) throw new RmapError("ESTOPPED", "the engine's CPUs are stopped");
  }

  /**
   * Waits until a CPU has published progress beyond `seen` (a value of its `done` word). Throws the crash's error
   * when a CPU crashed, and WatchdogError when no CPU made any progress for too long.
   */
  async progress(ring: Ring, seen: number): Promise<void> {
    const limit = this.watchdog;
    const index = ring.doneOffset >>> 2;
    const i32 = this.#control.view.i32;
    // An Atomics.waitAsync does not keep the program alive, but a timer does.
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

  /** Asks all CPUs to stop, terminates those that do not stop in time, and waits until no thread is left. */
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
    // A thread of your own factory may never report its end, so we do not wait for that.
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
        "its `post` must pass on its argument, as postMessage does",
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
      // Threads start one by one. Only when all have started do we know that the engine's own code keeps them.
      if (this.#cpusThatAre("starting").length > 0) becoming.renew();
      else if (becoming.isOver()) {
        throw new WatchdogError(
          `the engine's own code blocks CPU ${missing.join(", ")}: its start does not end within ${BECOMING / 1000} s`,
          "look for a loop at the top level of the engine's sources, or in cpuStart",
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
        `the thread of CPU ${cpu} passed on ${show(message)}, which is not a message of a worker`,
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
        `CPU ${cpu} left its run loop without a request${damage ? `: ${damage}` : ""}`,
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

  /** A CPU has stopped all others: waits a moment for its own message, then reads the record in memory. */
  async #crashReport(): Promise<void> {
    const clock = new FairClock();
    while (!this.#failure && clock.now() < LAST_WORDS) await this.#stateChange(SLICE);
    this.#failure ??= crashError(this.#control);
  }

  /** Throws when the words of a ring make no sense. A CPU and the host share them. */
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
      "this is a lock-up, or the machine is far too slow; the checked build may report more",
    );
  }
}

const MESSAGES: readonly (string | undefined)[] = [
  "alive",
  "ready",
  "stopped",
  "crashed",
] satisfies WorkerMessage["kind"][];

/** Throws UsageError when a thread factory returns something that is not a thread. */
function mustBeThread(thread: unknown): asserts thread is Thread {
  const { post, terminate } = (thread ?? {}) as Partial<Thread>;
  if (typeof post === "function" && typeof terminate === "function") return;
  throw new UsageError(
    `threads must return a thread with the functions post and terminate, not ${show(thread)}`,
    "return it at once, not as a promise",
  );
}
