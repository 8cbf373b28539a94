/** Views: for each location the latest store, as a place in its coherence order. */

import { PairCache } from "./pair-cache.js";

/** The view that knows of no store. */
export const NOWHERE = 0;

/**
 * A pool of views. A view never changes, has a number, and is a row of doubles: one for each location. 0 is the place
 * of the initial value. To go back, cut `size`.
 */
export class Views {
  #rows = new Float64Array(64 * 16);
  #stride = 16;
  readonly #joined = new PairCache();
  /** Locations: entries of a row that are in use. */
  locations = 0;
  #size = 1;

  /** Views in the pool. */
  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    this.#size = size;
    this.#joined.clear();
  }

  /** The place of a location in a view. */
  at(view: number, location: number): number {
    return this.#rows[view * this.#stride + location] as number;
  }

  /** Room for one more location. */
  widen(): void {
    const location = this.locations++;
    if (location === this.#stride) {
      const [old, from] = [this.#stride, this.#rows];
      this.#stride = 2 * old;
      this.#rows = new Float64Array((from.length / old) * this.#stride);
      for (let view = 0; view < this.#size; view++)
        this.#rows.set(from.subarray(view * old, (view + 1) * old), view * this.#stride);
    }
    for (let view = 0; view < this.#size; view++) this.#rows[view * this.#stride + location] = 0;
  }

  /** The later place of each location. */
  join(a: number, b: number): number {
    if (a === b || b === NOWHERE) return a;
    if (a === NOWHERE) return b;
    const known = this.#joined.get(a, b);
    return known >= 0 ? known : this.#joined.set(a, b, this.#join(a, b));
  }

  #join(a: number, b: number): number {
    const made = this.#add();
    const rows = this.#rows;
    const stride = this.#stride;
    const count = this.locations;
    let [left, right, into] = [a * stride, b * stride, made * stride];
    let isLeft = true;
    let isRight = true;
    for (const end = left + count; left < end; left++, right++, into++) {
      const x = rows[left] as number;
      const y = rows[right] as number;
      if (x < y) {
        rows[into] = y;
        isLeft = false;
      } else {
        rows[into] = x;
        if (x !== y) isRight = false;
      }
    }
    if (!isLeft && !isRight) return made;
    this.#size = made;
    return isLeft ? a : b;
  }

  /** A view with one place that is at least `place`. */
  raise(view: number, location: number, place: number): number {
    if (this.at(view, location) >= place) return view;
    const made = this.#add();
    const rows = this.#rows;
    const stride = this.#stride;
    const [from, into] = [view * stride, made * stride];
    for (let i = 0; i < this.locations; i++) rows[into + i] = rows[from + i] as number;
    rows[made * stride + location] = place;
    return made;
  }

  /** A new row, with anything in it. */
  #add(): number {
    const made = this.#size++;
    if (this.#size * this.#stride > this.#rows.length) {
      const larger = new Float64Array(2 * this.#rows.length);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    return made;
  }
}
