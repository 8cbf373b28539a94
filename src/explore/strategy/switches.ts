/**
 * Random schedules with few preemptions. Between two of its operations a CPU may lose its turn at any time: nobody
 * preempts anybody there. So a bug that needs operations of the others before, between and after those of one CPU, and a
 * preemption or two within them, takes few executions.
 */

import { Deviations, Random } from "./random.js";
import { shareOf } from "./share.js";
import { count, lowest, type Scene, type Strategy } from "./strategy.js";

/** Preemptions of an execution, within operations. */
const PREEMPTIONS = [1, 1, 2, 2, 3] as const;
/** Probabilities of a switch between two operations, in 1/64. Each execution uses one of them. */
const RATES = [0, 16, 32] as const;

export class SwitchStrategy implements Strategy {
  readonly name = "switches";
  readonly exhaustive = false;
  readonly #seed: number;
  readonly #last: number;
  #execution = 0;
  #random = new Random(0);
  readonly #deviations = new Deviations();
  #rate = 0;
  #step = 0;
  /** Steps of the last execution. */
  #steps = 0;
  #points: number[] = [];
  /** By CPU: the operations that it had done at its last decision. */
  readonly #done: number[] = [];

  constructor(seed: number, executions = Infinity) {
    this.#seed = seed >>> 0;
    this.#last = executions;
  }

  begin(): boolean {
    if (this.#execution >= this.#last) return false;
    const random = Random.ofExecution(this.#seed, this.#execution++);
    this.#random = random;
    this.#deviations.begin();
    this.#steps = this.#step;
    this.#step = 0;
    this.#done.length = 0;
    this.#rate = RATES[random.below(RATES.length)] ?? 0;
    const points = PREEMPTIONS[random.below(PREEMPTIONS.length)] ?? 1;
    this.#points = Array.from({ length: points }, () => random.below(Math.max(1, this.#steps)));
    return true;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const step = this.#step++;
    const stays = current >= 0 && ((runnable >>> current) & 1) === 1;
    if (stays) {
      const others = runnable & ~(1 << current);
      const goes = this.#ends(scene, current)
        ? this.#random.below(64) < this.#rate
        : this.#points.includes(step);
      return goes && others !== 0 ? this.#pick(others) : current;
    }
    return this.#pick(runnable);
  }

  choose(count: number): number {
    return this.#deviations.choose(this.#random, count);
  }

  get share(): number | undefined {
    return shareOf(this.#execution, this.#last);
  }

  /** Whether a CPU stands between two of its operations. */
  #ends(scene: Scene, cpu: number): boolean {
    const now = scene.operation?.(cpu) ?? 0;
    const before = this.#done[cpu] ?? 0;
    this.#done[cpu] = now;
    return before !== now;
  }

  #pick(mask: number): number {
    let rest = mask;
    for (let skip = this.#random.below(count(mask)); skip > 0; skip--) rest &= rest - 1;
    return lowest(rest);
  }
}
