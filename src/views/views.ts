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
    this.locations++;
    if (this.locations <= this.#stride) return;
    const [old, from] = [this.#stride, this.#rows];
    this.#stride = 2 * old;
    this.#rows = new Float64Array((from.length / old) * this.#stride);
    for (let view = 0; view < this.size; view++)
      this.#rows.set(from.subarray(view * old, (view + 1) * old), view * this.#stride);
  }

  /** The later place of each location. */
  join(a: number, b: number): number {
    if (a === b || b === NOWHERE) return a;
    if (a === NOWHERE) return b;
    const known = this.#joined.get(a, b);
    return known >= 0 ? known : this.#joined.set(a, b, this.#join(a, b));
  }

  #join(a: number, b: number): number {
    const rows = this.#rows;
    const [left, right, count] = [a * this.#stride, b * this.#stride, this.locations];
    let isLeft = true;
    let isRight = true;
    for (let i = 0; i < count; i++) {
      const x = rows[left + i] as number;
      const y = rows[right + i] as number;
      if (x < y) {
        isLeft = false;
        if (!isRight) break;
      } else if (x > y) {
        isRight = false;
        if (!isLeft) break;
      }
    }
    if (isLeft) return a;
    if (isRight) return b;
    const made = this.#add();
    const into = this.#rows;
    const [from, to] = [left, made * this.#stride];
    for (let i = 0; i < count; i++) {
      const x = into[from + i] as number;
      const y = into[right + i] as number;
      into[to + i] = x < y ? y : x;
    }
    return made;
  }

  /** A view with one place that is at least `place`. */
  raise(view: number, location: number, place: number): number {
    if (this.at(view, location) >= place) return view;
    const made = this.#add();
    const rows = this.#rows;
    const stride = this.#stride;
    rows.copyWithin(made * stride, view * stride, view * stride + this.locations);
    rows[made * stride + location] = place;
    return made;
  }

  /** A new row of zeros. */
  #add(): number {
    const made = this.#size++;
    const stride = this.#stride;
    if ((made + 1) * stride > this.#rows.length) {
      const larger = new Float64Array(2 * this.#rows.length);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows.fill(0, made * stride, (made + 1) * stride);
    return made;
  }
}
