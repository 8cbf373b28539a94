/** Seeded choices: the same seed gives the same choices, whatever else runs. */
import { random } from "../../model/generate.js";

/** A source of choices. */
export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  /** True with probability `share` (0 to 1). */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** A whole number from 0 to `limit` - 1; 0 where `limit` is less than 1. */
  below(limit: number): number {
    return Math.floor(this.#next() * Math.max(1, limit));
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** One of some values. Throws for an empty list. */
  pick<T>(from: readonly T[]): T {
    const at = this.below(from.length);
    if (at >= from.length) throw new RangeError("there is nothing to pick from");
    return from[at] as T;
  }

  /** One of some values, each as often as its weight says. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T {
    let draw = this.#next() * from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) {
      draw -= weight;
      if (draw < 0) return value;
    }
    return this.pick(from)[1];
  }

  /** A number whose order of magnitude is as likely as any other's, up to 2^`bits`. */
  magnitude(bits: number): number {
    return Math.floor(2 ** (this.#next() * bits));
  }
}

/** One seed out of several numbers and words: no two inputs of a campaign share one by accident. */
export function mixSeed(...parts: readonly (number | string)[]): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(parts.join("/"))) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
