/** A small cache of what two numbers make. */

/** Slots: enough for the pairs that an execution of some hundred steps meets again soon. */
const SLOTS = 512;

/** The numbers are 1 or more. A new pair takes the place of another one. */
export class PairCache {
  /** For each slot: the pair and what it makes. 0: an empty slot. */
  readonly #slots = new Int32Array(3 * SLOTS);

  /** What a pair makes; -1 if that is not here. */
  get(a: number, b: number): number {
    const at = slotOf(a, b);
    const slots = this.#slots;
    return slots[at] === a && slots[at + 1] === b ? (slots[at + 2] as number) : -1;
  }

  /** Remembers it, and returns it. */
  set(a: number, b: number, made: number): number {
    const at = slotOf(a, b);
    const slots = this.#slots;
    slots[at] = a;
    slots[at + 1] = b;
    slots[at + 2] = made;
    return made;
  }

  clear(): void {
    this.#slots.fill(0);
  }
}

function slotOf(a: number, b: number): number {
  return 3 * ((a * 31 + b) & (SLOTS - 1));
}
