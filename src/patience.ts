/** How long a wait may take, on a machine that may be overloaded: only time counts in which whoever waits got a turn. */

/** Milliseconds of one look that count, at most: who comes back later than that had no processor, and neither had others. */
const LOOK = 250;

/** A limit of time. Look at it several times a second. */
export class Patience {
  readonly #limit: number;
  #spent = 0;
  #looked = performance.now();

  /** `limit`: milliseconds, of which no look counts for more than a quarter of a second. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins anew: there was progress. */
  renew(): void {
    this.#spent = 0;
    this.#looked = performance.now();
  }

  /** Whether the limit is passed. */
  isOver(): boolean {
    const now = performance.now();
    this.#spent += Math.min(now - this.#looked, LOOK);
    this.#looked = now;
    return this.#spent > this.#limit;
  }
}
