/**
 * The worker threads that are the engine's CPUs. They start once, get operations through their rings, and stop by the
 * stop word.
 *
 * A worker stays inside WebAssembly for its whole life. The host reads progress from the `done` words in shared
 * memory and never gets messages about it. The price: a worker's event loop does not run, so a worker can report a
 * crash only after it has left the run loop. Every wait here is bounded and checks again.
 */

import { EngineCrashError, EnvironmentError, RmapError } from "../errors.js";
import { sleep } from "../platform/host.js";
import { missingSharing } from "../platform/isolation.js";
import type { Control } from "./control.js";
import { Kswapd } from "./kswapd.js";
import { type PoolLimits, type PoolOptions, poolLimits } from "./pool-options.js";
import { changingWords, ProgressWatch } from "./progress.js";
import { Ring } from "./ring.js";
import { untilReady } from "./starting.js";
import { SLICE, Workers } from "./workers.js";

/** What to do when workers do not get ready: for this package's threads, and for threads of your own factory. */
const OWN_HINT = "the machine may be overloaded; ask for fewer CPUs";
const OTHER_HINT =
  "each of your threads must run the package's worker file, and pass messages on in both directions";

export class CpuPool {
  /** One ring for each worker CPU that takes operations. */
  readonly rings: readonly Ring[];
  /** The CPU that keeps frames free, if any. It does not run yet. */
  readonly kswapd: Kswapd | undefined;
  /** Milliseconds without any progress after which a wait gives up. */
  readonly watchdog: number;
  /**
   * Serves CPUs that wait for this thread; called in every wait for a CPU. Returns true while some wait for a promise of the
   * program: that is no lock-up. Undefined while there is nothing to serve.
   */
  onWait: (() => boolean) | undefined;
  /** True: who waits for a CPU also looks at once when another CPU wants to be served, and not only after a slice. */
  attends = false;
  readonly #control: Control;
  readonly #workers: Workers;
  readonly #counters: readonly number[];
  /** Resolves when all CPUs run. */
  #ready: Promise<void> = Promise.resolve();

  private constructor(control: Control, options: PoolOptions, { watchdog }: PoolLimits) {
    this.#control = control;
    this.#workers = new Workers(control, options.threads);
    this.watchdog = watchdog;
    const workers = control.cpus - (options.kswapd ? 1 : 0);
    this.rings = Array.from({ length: workers }, (_, cpu) => new Ring(control, cpu));
    this.kswapd = options.kswapd ? new Kswapd(control, workers, watchdog) : undefined;
    this.#counters = changingWords(control);
  }

  /**
   * Starts all CPUs of a booted engine, and waits until they run. Throws UsageError for options that make no sense,
   * EnvironmentError when a worker cannot start, and WatchdogError when one does not get ready in time. After an
   * error no thread is left. `wait` false: `idle` waits for the start, and throws its errors.
   */
  static async start(
    control: Control,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options: PoolOptions = {},
    wait = true,
  ): Promise<CpuPool> {
    const limits = poolLimits(options);
    const missing = missingSharing();
    if (missing !== undefined) throw new EnvironmentError(missing.why, missing.hint);
    const pool = new CpuPool(control, options, limits);
    pool.#ready = pool.#start(module, memory, options, limits);
    // Who runs something gets the error.
    pool.#ready.catch(() => {});
    if (wait) await pool.#ready;
    return pool;
  }

  async #start(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    { threads, signal }: PoolOptions,
    { ready }: PoolLimits,
  ): Promise<void> {
    try {
      this.#workers.spawn(module, memory);
      await untilReady(this.#workers, ready, threads === undefined ? OWN_HINT : OTHER_HINT, signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Why the engine stopped by itself; undefined when it did not. */
  get failure(): RmapError | undefined {
    return this.#workers.failure;
  }

  /** By CPU that has ended by itself: how often each counter of its module ran. */
  get counts(): readonly (readonly number[])[] {
    return this.#workers.counts;
  }

  /** Throws when a CPU crashed, ended or the pool was stopped. */
  assertRunning(): void {
    if (this.failure) throw this.failure;
    if (this.#workers.stopping) throw new RmapError("ESTOPPED", "the engine's CPUs are stopped");
  }

  /**
   * Waits until a CPU has published progress beyond `seen` (a value of its `done` word). Throws the crash's error
   * when a CPU crashed, and WatchdogError when no CPU made any progress for too long.
   */
  async progress(ring: Ring, seen: number): Promise<void> {
    // An Atomics.waitAsync does not keep the program alive, but a timer does.
    const alive = setInterval(() => {}, 60_000);
    try {
      // Most waits end within a slice, and need no watch.
      this.assertRunning();
      const first = this.#anyOf(ring, seen);
      this.onWait?.();
      await first;
      if (ring.done !== seen) return this.#assertIntact(ring);
      const watch = new ProgressWatch(this.#control, this.rings, this.#counters);
      for (;;) {
        this.assertRunning();
        if (ring.done === seen) {
          // The wait begins before the look: a CPU that begins to wait for this thread in between ends it.
          const slice = this.#anyOf(ring, seen) ?? sleep(1);
          if (this.onWait?.() === true) watch.restart();
          await slice;
        }
        if (ring.done !== seen) return this.#assertIntact(ring);
        if (this.#control.panicked) await this.#workers.lastWords();
        if (watch.idle > this.watchdog) this.#workers.fail(this.#damage(ring) ?? watch.error(this.watchdog));
      }
    } finally {
      clearInterval(alive);
    }
  }

  /** Waits until every CPU has executed everything published. Throws as `progress` does. */
  async idle(): Promise<void> {
    await this.#ready;
    for (const ring of this.rings) ring.publish();
    for (const ring of this.rings) {
      for (let done = ring.done; done !== ring.produced; done = ring.done) await this.progress(ring, done);
    }
    this.assertRunning();
  }

  /** Asks all CPUs to stop, terminates those that do not stop in time, and waits until no thread is left. */
  stop(): Promise<void> {
    return this.#workers.stop();
  }

  /**
   * Waits for another value of a CPU's `done` word than `seen`, or for a CPU that wants to be served; for a slice at most.
   * Undefined where there is no such wait.
   */
  #anyOf(ring: Ring, seen: number): Promise<unknown> | undefined {
    const wait = waitAsync(this.#control, ring, seen);
    if (wait === undefined) return undefined;
    if (!this.attends || !wait.async) return Promise.resolve(wait.value);
    const all: unknown[] = [wait.value];
    for (const other of this.rings) {
      const also = other === ring ? undefined : waitAsync(this.#control, other, other.done);
      if (also !== undefined) all.push(also.value);
    }
    return Promise.race(all);
  }

  /** Throws when the words of a ring make no sense. A CPU and the host share them. */
  #assertIntact(ring: Ring): void {
    this.#workers.fail(this.#damage(ring));
    if (this.failure) throw this.failure;
  }

  #damage(ring: Ring): EngineCrashError | undefined {
    const damage = ring.damage() ?? this.#control.damage();
    return damage === undefined ? undefined : new EngineCrashError(damage, "the engine is stopped");
  }
}

/** Begins a wait for another value of a CPU's `done` word, for a slice at most; undefined where there is no such wait. */
function waitAsync({ view }: Control, ring: Ring, seen: number) {
  if (typeof Atomics.waitAsync !== "function") return undefined;
  return Atomics.waitAsync(view.i32, ring.doneOffset >>> 2, seen | 0, SLICE);
}
