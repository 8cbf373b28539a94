/** Strong fences, in one order that all CPUs agree on. */
import { Doubles, Ints } from "./numbers.js";
import { NOWHERE, type Views } from "./views.js";

/** Stands for "behind no fence". */
export const NO_FENCE = 0;

/**
 * Who is behind a strong fence has seen what the fence's CPU had seen, and what all earlier fences had. A fence may come
 * before others that executed earlier, as a store may.
 */
export class Fences {
  /** Its place in the order, by number of the fence. */
  readonly stamps = new Doubles();
  /** The view of who is behind it. */
  readonly seen = new Ints();
  /** The fence before it in the order. */
  readonly before = new Ints();
  last = NO_FENCE;

  constructor(readonly views: Views) {
    this.clear();
  }

  clear(): void {
    this.stamps.size = this.seen.size = this.before.size = 0;
    this.stamps.push(0);
    this.seen.push(NOWHERE);
    this.before.push(-1);
    this.last = NO_FENCE;
  }

  /** The later one of two fences. */
  later(a: number, b: number): number {
    return this.stamps.get(a) >= this.stamps.get(b) ? a : b;
  }

  /** Puts a fence into the order, behind `after`; who is behind it or behind a later one has seen `view`. */
  add(view: number, after: number): number {
    const { stamps, seen, before, views } = this;
    const fence = stamps.size;
    let next = -1;
    for (let other = this.last; other !== after; other = before.get(other)) {
      seen.set(other, views.join(seen.get(other), view));
      next = other;
    }
    const stamp = stamps.get(after);
    stamps.push(next < 0 ? stamp + 1 : (stamp + stamps.get(next)) / 2);
    seen.push(views.join(seen.get(after), view));
    before.push(after);
    if (next < 0) this.last = fence;
    else before.set(next, fence);
    return fence;
  }
}
