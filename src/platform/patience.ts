/** Limits of waits, on a machine that may be overloaded. Only available processor time counts (see FairClock). */
import { FairClock } from "./fair-clock.js";

/** A limit of time. Check it several times a second. */
export class Patience {
  readonly #limit: number;
  #clock = new FairClock();

  /** `limit`: milliseconds of available processor time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts again, after progress. */
  renew(): void {
    this.#clock = new FairClock();
  }

  /** True when the limit has passed. */
  isOver(): boolean {
    return this.#clock.now() > this.#limit;
  }
}
