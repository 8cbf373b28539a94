/** How long a wait may take, on a machine that may be overloaded: only time counts that this program could use. */
import { FairClock } from "./fair-clock.js";

/** A limit of time. Look at it several times a second. */
export class Patience {
  readonly #limit: number;
  #clock = new FairClock();

  /** `limit`: milliseconds that this program could use. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins anew: there was progress. */
  renew(): void {
    this.#clock = new FairClock();
  }

  /** Whether the limit is passed. */
  isOver(): boolean {
    return this.#clock.now() > this.#limit;
  }
}
