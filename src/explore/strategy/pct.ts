/**
 * Schedules by random priorities (PCT). They find bugs in which one CPU must stand still while the others make many
 * steps.
 */

import { Deviations, Random } from "./random.js";
import { shareOf } from "./share.js";
import type { Scene, Strategy } from "./strategy.js";

/** How a PctStrategy chooses. */
export interface PctOptions {
  /** Executions. Default: no end. */
  readonly executions?: number;
  /** The approximate number of steps of an execution. Default: that of the first execution. */
  readonly steps?: number;
  /** The number of points at which the running CPU gets the lowest priority. Default 2. */
  readonly changes?: number;
  /** The first execution. Default 0. */
  readonly first?: number;
}

/**
 * The runnable CPU with the highest priority goes next. Priorities are random, and at a few random steps the running
 * CPU gets the lowest one. Take a bug that needs d ordering constraints, among n CPUs and k steps. An execution with
 * d - 1 changes finds it with a probability of at least 1 / (n k^(d-1)) (Burckhardt and others, 2010).
 */
export class PctStrategy implements Strategy {
  readonly name = "pct";
  readonly exhaustive = false;
  readonly #seed: number;
  readonly #changes: number;
  readonly #first: number;
  readonly #last: number;
  #steps: number;
  #execution: number;
  #random = new Random(0);
  readonly #deviations = new Deviations();
  #step = 0;
  #points: number[] = [];
  /** Priorities by CPU; 0: the CPU has none yet. */
  readonly #priorities: number[] = [];

  constructor(seed: number, { executions = Infinity, steps = 0, changes = 2, first = 0 }: PctOptions = {}) {
    this.#seed = seed >>> 0;
    this.#steps = steps;
    this.#changes = changes;
    this.#first = first;
    this.#execution = first;
    this.#last = first + executions;
  }

  begin(): boolean {
    if (this.#execution >= this.#last) return false;
    if (this.#steps === 0 && this.#step > 0) this.#steps = this.#step;
    this.#random = Random.ofExecution(this.#seed, this.#execution++);
    this.#deviations.begin();
    this.#step = 0;
    this.#points = Array.from({ length: this.#changes }, () => this.#random.below(Math.max(1, this.#steps)));
    this.#priorities.length = 0;
    return true;
  }

  next({ cpus }: Scene, runnable: number, current: number): number {
    const step = this.#step++;
    if (this.#priorities.length === 0)
      for (let cpu = 0; cpu < cpus; cpu++) this.#priorities.push(1 + this.#random.below(2 ** 31));
    // CPUs that lost their priority are below zero, the latest one lowest.
    if (current >= 0 && this.#points.includes(step)) this.#priorities[current] = -step;
    let best = -1;
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (((runnable >>> cpu) & 1) === 0) continue;
      if (best < 0 || (this.#priorities[cpu] as number) > (this.#priorities[best] as number)) best = cpu;
    }
    return best;
  }

  choose(count: number): number {
    return this.#deviations.choose(this.#random, count);
  }

  get share(): number | undefined {
    return shareOf(this.#execution - this.#first, this.#last - this.#first);
  }
}
