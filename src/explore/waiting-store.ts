/** One store that has not landed in memory: its words, and what it waits for. */

/** A store that has not landed. */
export interface Waiting {
  readonly cpu: number;
  /** Stores are numbered in the order in which they are made, those of all CPUs together. */
  readonly number: number;
  /** The owner's stores up to this number land first. */
  readonly behind: number;
  /** Number of its word, and the bits that it stores there. */
  readonly word: number;
  readonly mask: number;
  readonly value: number;
  /** The same for the next word; the mask is 0 when the store has one word. */
  readonly nextMask: number;
  readonly nextValue: number;
  /** It is about to land, or has: nothing lands before it for its own sake. */
  state: "waits" | "lands" | "landed";
}

/** A mask of all bits of a word. */
export const ALL = 0xffff_ffff;

/** Whether a store goes to one of the words. */
export function touches({ word, nextMask }: Waiting, from: number, words: number): boolean {
  return word < from + words && from <= (nextMask === 0 ? word : word + 1);
}

/** Whether two stores go to a common word. */
export function meets(store: Waiting, other: Waiting): boolean {
  return touches(store, other.word, other.nextMask === 0 ? 1 : 2);
}

/** A word's value after a store, if it goes there. */
export function applied(
  { word, mask, value, nextMask, nextValue }: Waiting,
  at: number,
  old: number,
): number {
  if (at === word) return ((old & ~mask) | value) >>> 0;
  if (at === word + 1 && nextMask !== 0) return ((old & ~nextMask) | nextValue) >>> 0;
  return old;
}
