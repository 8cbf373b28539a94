/** Schedules by random priorities (PCT): good at windows in which one CPU must stand still while the others come far. */

import type { Oracle } from "./oracle.js";
import { Random } from "./random.js";

/** How a PriorityOracle chooses. */
export interface PriorityOptions {
  /** Steps of an execution, about: a trial run tells. */
  readonly steps: number;
  /** Points at which the CPU that runs falls behind all others. Default 2. */
  readonly changes?: number;
  /** Execution to begin with. Default 0. */
  readonly first?: number;
}

/**
 * The runnable CPU with the highest priority goes; priorities are random, and at a few random steps the CPU that runs
 * gets the lowest. A bug that needs d orders to come out right among n CPUs and k steps is found with a probability of
 * at least 1 / (n k^(d-1)) by an execution with d - 1 changes (Burckhardt and others, 2010).
 */
export class PriorityOracle implements Oracle {
  readonly #seed: number;
  readonly #steps: number;
  readonly #changes: number;
  #execution: number;
  #random = new Random(0);
  #step = 0;
  #points: number[] = [];
  /** By CPU; given when a CPU is first seen. */
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
    // Fallen CPUs stand below zero, the last one lowest.
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
