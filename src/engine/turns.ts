/**
 * Decides who may use the worker CPUs' rings: one caller at a time, first come, first served. Nobody waits for ever.
 */
import { UsageError, WatchdogError } from "../errors.js";
import type { Abortable } from "../text/abort.js";

/** Milliseconds between two checks of the current caller. */
const LOOK = 250;
/** Checks without progress, on idle CPUs, after which the waiting callers give up: 4 s. */
const IDLE_LOOKS = 16;

/** What the CPUs do. */
export interface Activity {
  /** A value that changes whenever a CPU does something. */
  readonly signature: string;
  /** True when no CPU has anything left to do. */
  readonly idle: boolean;
}

/** A queue of callers that want the worker CPUs for themselves. */
export class Turns {
  readonly #activity: () => Activity;
  /** Checks without progress, on busy CPUs, after which the waiting callers give up. */
  readonly #busyLooks: number;
  /** Settles when all callers so far are done. */
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** True while a caller's function runs: calls from there are nested. */
  #entering = false;
  #closed: Error | undefined;
  readonly #onClose = new Set<(error: Error) => void>();

  constructor(activity: () => Activity, watchdog: number) {
    this.#activity = activity;
    this.#busyLooks = Math.max(IDLE_LOOKS, Math.ceil(watchdog / LOOK));
  }

  /**
   * Runs a function when its turn comes, and passes the turn on when the function has settled. Rejects with
   * UsageError for a nested call, which would wait for itself. Rejects with WatchdogError when the current caller
   * does nothing for 4 s: it may be waiting for this call. Rejects with the error of `close`, even when the function
   * has begun and never settles. Rejects with the reason of a signal that is aborted before the turn comes.
   */
  async take<T>(what: string, run: () => Promise<T>, signal?: Abortable): Promise<T> {
    if (this.#entering) {
      throw new UsageError(
        `${what} inside of exclusive() would wait for itself`,
        "run batches and scripts one after the other, outside of exclusive()",
      );
    }
    const before = this.#last;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => left);
    const alone = this.#waiting === 0;
    this.#waiting++;
    try {
      if (!alone) await this.#wait(what, before, signal);
      if (this.#closed) throw this.#closed;
      return await this.#unlessClosed(this.#enter(run));
    } finally {
      this.#waiting--;
      leave();
    }
  }

  /** True while a caller has the worker CPUs, or waits for them. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Rejects all waiting and all later callers with an error. */
  close(error: Error): void {
    this.#closed = error;
    for (const refuse of this.#onClose) refuse(error);
  }

  /** The result of a function, or the error of `close`, whichever comes first. */
  #unlessClosed<T>(running: T | PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#onClose.add(reject);
      const over = () => this.#onClose.delete(reject);
      void Promise.resolve(running).then(resolve, reject).finally(over);
    });
  }

  #enter<T>(run: () => Promise<T>): Promise<T> {
    this.#entering = true;
    try {
      return run();
    } finally {
      this.#entering = false;
    }
  }

  #wait(what: string, before: Promise<void>, signal: Abortable | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = "";
      let looks = 0;
      // Counts checks, not time: when this thread does not run, the current caller does not run either.
      const timer = setInterval(() => {
        const { signature, idle } = this.#activity();
        looks = signature === seen ? looks + 1 : 0;
        seen = signature;
        if (looks >= (idle ? IDLE_LOOKS : this.#busyLooks)) end(() => reject(waitedTooLong(what, looks)));
      }, LOOK);
      const refuse = (error: Error) => end(() => reject(error));
      const end = (settle: () => void) => {
        clearInterval(timer);
        this.#onClose.delete(refuse);
        signal?.removeEventListener("abort", stop);
        settle();
      };
      const stop = () => end(() => reject(signal?.reason));
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop);
      this.#onClose.add(refuse);
      void before.then(() => end(resolve));
    });
  }
}

function waitedTooLong(what: string, looks: number): WatchdogError {
  return new WatchdogError(
    `${what}: another call has held the worker CPUs for ${(looks * LOOK) / 1000} s without using them`,
    "a function passed to exclusive() must not wait for something that waits for its end, such as a batch",
  );
}
