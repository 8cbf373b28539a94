/** Random schedules from a seed. */

import { shareOf } from "./share.js";
import { count, lowest, type Scene, type Strategy } from "./strategy.js";

/**
 * Probabilities of a switch at a step, in 1/64. Each execution uses one of them. With many switches no CPU makes many
 * steps alone. With few switches no two CPUs alternate step by step. So we need both.
 */
const RATES = [48, 16, 4, 2] as const;

/** A 32-bit generator (Weyl sequence and a mixing step), good enough for choices. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The generator of one execution of a seed. Executions are independent, and may run in any order. */
  static ofExecution(seed: number, execution: number): Random {
    return new Random(new Random(seed ^ Math.imul(execution, 0x85ebca6b)).below(2 ** 32));
  }

  /** The next number from 0 to `count` - 1. */
  below(count: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) % count;
  }
}

/** Probabilities of a deviation where a memory model asks, in 1/64. Most bugs need one or two. */
const DEVIATIONS = [2, 8, 24] as const;
/** The most deviations of an execution: with many, a CPU may look for a new value without end. */
const MOST_DEVIATIONS = 4;

/** The answers to what a memory model leaves open, at random. */
export class Deviations {
  #rate = 0;
  #left = 0;

  /** A new execution begins. It draws nothing before somebody asks: without a weak model nobody does. */
  begin(): void {
    this.#rate = 0;
    this.#left = MOST_DEVIATIONS;
  }

  choose(random: Random, count: number): number {
    if (this.#rate === 0) this.#rate = DEVIATIONS[random.below(DEVIATIONS.length)] ?? 1;
    if (this.#left === 0 || random.below(64) >= this.#rate) return 0;
    this.#left--;
    return 1 + random.below(count - 1);
  }
}

/** Chooses at random. Execution i of a seed does not depend on earlier ones. */
export class RandomStrategy implements Strategy {
  readonly name = "random";
  readonly exhaustive = false;
  readonly #seed: number;
  readonly #first: number;
  readonly #last: number;
  #execution: number;
  #random = new Random(0);
  #rate = 0;
  readonly #deviations = new Deviations();

  /** `executions` of them, from number `first` on. */
  constructor(seed: number, executions = Infinity, first = 0) {
    this.#seed = seed >>> 0;
    this.#first = first;
    this.#execution = first;
    this.#last = first + executions;
  }

  begin(): boolean {
    if (this.#execution >= this.#last) return false;
    this.#random = Random.ofExecution(this.#seed, this.#execution++);
    this.#deviations.begin();
    this.#rate = RATES[this.#random.below(RATES.length)] ?? 1;
    return true;
  }

  next(_scene: Scene, runnable: number, current: number): number {
    const stays = current >= 0 && ((runnable >>> current) & 1) === 1;
    if (stays && this.#random.below(64) >= this.#rate) return current;
    let skip = this.#random.below(count(runnable));
    let rest = runnable;
    for (; skip > 0; skip--) rest &= rest - 1;
    return lowest(rest);
  }

  choose(count: number): number {
    return this.#deviations.choose(this.#random, count);
  }

  get share(): number | undefined {
    return shareOf(this.#execution - this.#first, this.#last - this.#first);
  }
}
