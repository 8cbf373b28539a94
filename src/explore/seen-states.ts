/**
 * States of which a search has tried everything that comes behind them, within what was left of its bounds. An execution
 * that comes to such a state with no more left shows nothing new.
 *
 * Searches go depth first. So a state that is not on the way of the current execution is done with when another execution
 * comes to it.
 */

/** Numbers of an entry: the two of the hash, what was spent, and whether it is on the way. */
const STRIDE = 4;
const FIRST = 1 << 16;
/** The most preemptions, and the most deviations, with which an entry can be kept: a bit for each pair. */
const MOST_SPENT = 3;
/** For each pair as a bit: the pairs that spend no more of either. */
const NO_MORE: readonly number[] = Array.from({ length: 16 }, (_, pair) => {
  let bits = 0;
  for (let other = 0; other < 16; other++)
    if (other >> 2 <= pair >> 2 && (other & 3) <= (pair & 3)) bits |= 1 << other;
  return bits;
});

/** Whether a search with such bounds can keep its states. */
export function canKeep({
  preemptions,
  stale,
}: {
  readonly preemptions: number;
  readonly stale: number;
}): boolean {
  return preemptions <= MOST_SPENT && stale <= MOST_SPENT;
}

export class SeenStates {
  #entries = new Int32Array(FIRST * STRIDE);
  #room = FIRST;
  #size = 0;
  /** Of the states on the way of the current execution: after how many answers they come, and their hashes. */
  readonly #way: number[] = [];

  /** An execution begins that shares so many answers with the one before: states behind them are off its way. */
  begin(shared: number): void {
    const way = this.#way;
    while (way.length > 0 && (way[way.length - 3] as number) > shared) {
      const at = this.#find(way[way.length - 2] as number, way[way.length - 1] as number);
      this.#entries[at + 3] = 0;
      way.length -= 3;
    }
  }

  /**
   * An execution comes to a state after so many answers, having spent so much. True: there is nothing new behind it. False:
   * the search tries everything behind it now.
   */
  meet(a: number, b: number, preemptions: number, stale: number, answers: number): boolean {
    const at = this.#find(a, b);
    const entries = this.#entries;
    const pair = preemptions * 4 + stale;
    // A state on the way is one to which a loop has come back: it is not done with.
    if (entries[at + 3] !== 0) return false;
    const spent = entries[at + 2] as number;
    if ((spent & (NO_MORE[pair] as number)) !== 0) return true;
    if (spent === 0) this.#size++;
    entries[at] = a;
    entries[at + 1] = b;
    entries[at + 2] = spent | (1 << pair);
    entries[at + 3] = 1;
    this.#way.push(answers, a, b);
    if (2 * this.#size > this.#room) this.#grow();
    return false;
  }

  /** Where the entry of a state is, or would be. */
  #find(a: number, b: number): number {
    const entries = this.#entries;
    const mask = this.#room - 1;
    for (let slot = (a ^ (b >>> 7)) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * STRIDE;
      if (entries[at + 2] === 0 || (entries[at] === a && entries[at + 1] === b)) return at;
    }
  }

  #grow(): void {
    const old = this.#entries;
    this.#room *= 2;
    this.#entries = new Int32Array(this.#room * STRIDE);
    for (let from = 0; from < old.length; from += STRIDE) {
      if (old[from + 2] === 0) continue;
      const at = this.#find(old[from] as number, old[from + 1] as number);
      for (let i = 0; i < STRIDE; i++) this.#entries[at + i] = old[from + i] as number;
    }
  }
}
