/** Random choices from a seed. */

import { Random } from "../explore/strategy/random.js";

export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The dice of one program: programs of a seed do not depend on each other. */
  static ofProgram(seed: number, program: number): Dice {
    return new Dice(Random.ofExecution(seed, program));
  }

  /** A number from 0 to `count` - 1. */
  below(count: number): number {
    return this.#random.below(count);
  }

  /** True once in `count` times. */
  once(count: number): boolean {
    return this.#random.below(count) === 0;
  }

  /** True with a probability in percent. */
  percent(chance: number): boolean {
    return this.#random.below(100) < chance;
  }

  /** One of a list that is not empty. */
  pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)] as T;
  }

  /** The same things in another order; each order is as likely as any other. */
  shuffled<T>(from: Iterable<T>): T[] {
    const all = [...from];
    for (let at = all.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [all[at], all[other]] = [all[other] as T, all[at] as T];
    }
    return all;
  }

  /**
   * An index of `weights`, each as likely as its weight says; weights are whole numbers, and their sum is not 0. `sum` is
   * their sum, if the caller knows it.
   */
  weighted(weights: readonly number[], sum = sumOf(weights)): number {
    let left = this.#random.below(sum);
    for (let index = 0; index < weights.length; index++) {
      left -= weights[index] as number;
      if (left < 0) return index;
    }
    return weights.length - 1;
  }
}

/** The sum of some weights. */
export function sumOf(weights: readonly number[]): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
