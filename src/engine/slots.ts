/** The free slot numbers of a table, lowest first. */
import { RmapError } from "../errors.js";

/** Gives out slot numbers from `first` up to `count - 1`. */
export class Slots {
  readonly #what: string;
  readonly #end: number;
  readonly #free: number[] = [];
  #next: number;

  constructor(what: string, first: number, end: number) {
    this.#what = what;
    this.#next = first;
    this.#end = end;
  }

  /** Takes a slot. Throws RmapError when all are taken. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#next >= this.#end) {
      throw new RmapError(
        "ESLOTS",
        `no room for another ${this.#what}: at most ${this.#end} can exist at once`,
        `end those that you do not need, or create the engine with a larger table`,
      );
    }
    return this.#next++;
  }

  /** Takes some slots of a fresh table, each at most once. */
  takeAll(slots: readonly number[]): void {
    const taken = new Set(slots);
    const next = Math.max(this.#next, ...slots.map((slot) => slot + 1));
    for (let slot = next - 1; slot >= this.#next; slot--) if (!taken.has(slot)) this.#free.push(slot);
    this.#next = next;
  }

  /** Frees a slot. */
  release(slot: number): void {
    this.#free.push(slot);
  }
}
