/** Whose turn it is to use the worker CPUs' rings: one at a time, in the order of asking, and nobody waits for ever. */
import { UsageError, WatchdogError } from "../errors.js";

/** Milliseconds between two looks at what the one who has the turn does. */
const LOOK = 250;
/** Looks without anything done, on CPUs that are idle, after which those who wait give up: 4 s. */
const IDLE_LOOKS = 16;

/** What the CPUs do. */
export interface Activity {
  /** Changes whenever a CPU does something. */
  readonly signature: string;
  /** No CPU has anything left to do. */
  readonly idle: boolean;
}

/** A queue of those who want the worker CPUs for themselves. */
export class Turns {
  readonly #activity: () => Activity;
  /** Looks without progress, on CPUs that are not idle, after which those who wait give up. */
  readonly #busyLooks: number;
  /** Settles when everyone who has asked so far is through. */
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** True while somebody's function is being called: what it calls itself is inside. */
  #entering = false;
  #closed: Error | undefined;
  readonly #onClose = new Set<(error: Error) => void>();

  constructor(activity: () => Activity, watchdog: number) {
    this.#activity = activity;
    this.#busyLooks = Math.max(IDLE_LOOKS, Math.ceil(watchdog / LOOK));
  }

  /**
   * Runs something when its turn comes, and gives the turn to the next one when that has settled. Rejects with UsageError
   * when it is called inside of such a function, which would wait for itself; with WatchdogError when the one whose turn it
   * is does nothing for 4 s (it may be waiting for this very one); and with the error of `close`, also when its function has
   * begun and never settles.
   */
  async take<T>(what: string, run: () => Promise<T>): Promise<T> {
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
      if (!alone) await this.#wait(what, before);
      if (this.#closed) throw this.#closed;
      return await this.#unlessClosed(this.#enter(run));
    } finally {
      this.#waiting--;
      leave();
    }
  }

  /** Those who wait are refused with an error, and so is everyone who comes. */
  close(error: Error): void {
    this.#closed = error;
    for (const refuse of this.#onClose) refuse(error);
  }

  /** What a function comes to, or the error of `close`, whichever comes first. */
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

  #wait(what: string, before: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = "";
      let looks = 0;
      // Counts looks, not time: where this thread does not get to run, nobody else on it does.
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
        settle();
      };
      this.#onClose.add(refuse);
      void before.then(() => end(resolve));
    });
  }
}

function waitedTooLong(what: string, looks: number): WatchdogError {
  return new WatchdogError(
    `${what}: another one has had the worker CPUs for ${(looks * LOOK) / 1000} s without using them`,
    "a function passed to exclusive() must not wait for something that waits for its end, such as a batch",
  );
}
