/** What must be known to whoever is behind an event in happens-before. */
import { type Fences, NO_FENCE } from "./fences.js";
import { Ints } from "./numbers.js";
import { PairCache } from "./pair-cache.js";
import { NOWHERE, type Views } from "./views.js";

/** Nothing at all. */
export const NOTHING = 0;

/**
 * A pool of knowledge. An item never changes, has a number, and is a row: the last strong fence, then for each CPU a
 * view. What the fence has seen binds every CPU that is behind the event; a CPU's view binds that CPU alone.
 */
export class Knowledge {
  readonly #rows = new Ints();
  readonly #stride: number;
  readonly #joined = new PairCache();

  constructor(
    readonly cpus: number,
    readonly views: Views,
    readonly fences: Fences,
  ) {
    this.#stride = cpus + 1;
    for (let i = 0; i <= cpus; i++) this.#rows.push(0);
  }

  get size(): number {
    return this.#rows.size / this.#stride;
  }

  set size(size: number) {
    this.#rows.size = size * this.#stride;
    this.#joined.clear();
  }

  fence(item: number): number {
    return this.#rows.get(item * this.#stride);
  }

  view(item: number, cpu: number): number {
    return this.#rows.get(item * this.#stride + 1 + cpu);
  }

  /** The earliest place of a location that a CPU may still see or overwrite behind an event with this knowledge. */
  floor(item: number, cpu: number, location: number): number {
    if (item === NOTHING) return 0;
    const { views, fences } = this;
    const own = views.at(this.view(item, cpu), location);
    const fence = this.fence(item);
    if (fence === NO_FENCE) return own;
    const strong = views.at(fences.seen.get(fence), location);
    return own > strong ? own : strong;
  }

  /** True when `a` contains all of `b`. */
  includes(a: number, b: number): boolean {
    return this.join(a, b) === a;
  }

  /** Both together. */
  join(a: number, b: number): number {
    if (a === b || b === NOTHING) return a;
    if (a === NOTHING) return b;
    const known = this.#joined.get(a, b);
    return known >= 0 ? known : this.#joined.set(a, b, this.#join(a, b));
  }

  #join(a: number, b: number): number {
    const rows = this.#rows;
    const stride = this.#stride;
    const [left, right, made] = [a * stride, b * stride, rows.size];
    const [one, other] = [rows.get(left), rows.get(right)];
    const fence = this.fences.later(one, other);
    let isLeft = fence === one;
    let isRight = fence === other;
    rows.push(fence);
    for (let i = 1; i < stride; i++) {
      const [x, y] = [rows.get(left + i), rows.get(right + i)];
      const both = this.views.join(x, y);
      if (both !== x) isLeft = false;
      if (both !== y) isRight = false;
      rows.push(both);
    }
    if (!isLeft && !isRight) return made / stride;
    rows.size = made;
    return isLeft ? a : b;
  }

  /** What is known and a view more for one CPU. */
  tell(item: number, cpu: number, view: number): number {
    if (view === NOWHERE) return item;
    const old = this.view(item, cpu);
    const joined = this.views.join(old, view);
    if (joined === old) return item;
    return this.#change(item, 1 + cpu, joined);
  }

  /** What is known, and that it is behind a fence, which is no earlier one. */
  behind(item: number, fence: number): number {
    const later = this.fences.later(this.fence(item), fence);
    return later === this.fence(item) ? item : this.#change(item, 0, later);
  }

  #change(item: number, column: number, value: number): number {
    const rows = this.#rows;
    const stride = this.#stride;
    const made = rows.size;
    for (let i = 0; i < stride; i++) rows.push(rows.get(item * stride + i));
    rows.set(made + column, value);
    return made / stride;
  }
}
