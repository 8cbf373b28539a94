/** Accesses that are behind strong fences: a fence that comes late may come before others only if none of them has missed something. */
import { type Fences, NO_FENCE } from "./fences.js";
import type { Knowledge } from "./knowledge.js";
import { Doubles, Ints } from "./numbers.js";
import type { Switches } from "./rules.js";

export class Bound {
  readonly location = new Ints();
  readonly place = new Doubles();
  readonly fence = new Ints();
  readonly #off: Switches;

  /** `late`: fences may come late, so that accesses have to be kept. */
  constructor(
    readonly fences: Fences,
    readonly knowledge: Knowledge,
    readonly late: boolean,
    readonly choose: (count: number) => number,
    off: Switches,
  ) {
    this.#off = off;
  }

  /** Notes that an access is behind a strong fence. */
  add(location: number, place: number, known: number): void {
    const fence = this.knowledge.fence(known);
    if (fence === NO_FENCE || !this.late) return;
    this.location.push(location);
    this.place.push(place);
    this.fence.push(fence);
  }

  /** The fence that a new one comes behind: it comes behind `floor`, and before no fence that would have to know more. */
  positionOf(seen: number, floor: number): number {
    const { fences } = this;
    if (!this.late) return fences.last;
    let count = 1;
    let fence = fences.last;
    while (fence !== floor && this.#mayPrecede(seen, fence)) {
      count++;
      fence = fences.before.get(fence);
    }
    fence = fences.last;
    for (let steps = count === 1 ? 0 : this.choose(count); steps > 0; steps--)
      fence = fences.before.get(fence);
    return fence;
  }

  /** True unless somebody behind the fence has missed a store of the view. */
  #mayPrecede(view: number, fence: number): boolean {
    if (this.#off["fence-order"]) return true;
    const stamp = this.fences.stamps.get(fence);
    for (let i = 0; i < this.fence.size; i++)
      if (
        this.fences.stamps.get(this.fence.get(i)) >= stamp &&
        this.place.get(i) < this.fences.views.at(view, this.location.get(i))
      )
        return false;
    return true;
  }
}
