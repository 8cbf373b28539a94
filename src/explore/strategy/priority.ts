/**
 * Schedules by random priorities (PCT). They find bugs in which one CPU must stand still while the others make many
 * steps.
 */

import type { Oracle } from "./oracle.js";
import { Random } from "./random.js";

/** How a PriorityOracle chooses. */
export interface PriorityOptions {
  /** The approximate number of steps of an execution. Take it from a trial run. */
  readonly steps: number;
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
export class PriorityOracle implements Oracle {
  readonly #seed: number;
  readonly #steps: number;
  readonly #changes: number;
  #execution: number;
  #random = new Random(0);
  #step = 0;
  #points: number[] = [];
  /** Priorities by CPU. A CPU gets its priority when it first appears. */
  readonly #priorities = new Map<number, number>();

  constructor(seed: number, { steps, changes = 2, first = 0 }: PriorityOptions) {
    this.#seed = seed >>> 0;
    this.#steps = Math.max(1, steps);
    this.#changes = changes;
    this.#execution = first;
  }

  begin(): void {
    this.#random = Random.ofExecution(this.#seed, this.#execution++);
    this.#step = 0;
    this.#points = Array.from({ length: this.#changes }, () => this.#random.below(this.#steps));
    this.#priorities.clear();
  }

  next(runnable: readonly number[], current: number | undefined): number {
    const step = this.#step++;
    // CPUs that lost their priority are below zero, the latest one lowest.
    if (current !== undefined && this.#points.includes(step)) this.#priorities.set(current, -step);
    return runnable.reduce((best, cpu) => (this.#priority(cpu) > this.#priority(best) ? cpu : best));
  }

  choose(count: number): number {
    return this.#random.below(count);
  }

  #priority(cpu: number): number {
    let priority = this.#priorities.get(cpu);
    if (priority === undefined) {
      priority = 1 + this.#random.below(2 ** 31);
      this.#priorities.set(cpu, priority);
    }
    return priority;
  }
}
