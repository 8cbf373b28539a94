/**
 * Random schedules with few preemptions. Between two of its operations a CPU may lose its turn at any time: nobody
 * preempts anybody there. So a bug that needs operations of the others before, between and after those of one CPU, and a
 * preemption or two within them, takes few executions.
 *
 * Where somebody names code of interest, half of the preemptions are in it, or right behind it.
 */

import type { Access } from "../access.js";
import { Deviations, Random } from "./random.js";
import { shareOf } from "./share.js";
import { count, lowest, type Scene, type Strategy } from "./strategy.js";

/** Preemptions of an execution, within operations. */
const PREEMPTIONS = [1, 1, 2, 2, 3] as const;
/** Probabilities of a switch between two operations, in 1/64. Each execution uses one of them. */
const RATES = [0, 16, 32] as const;
/** Steps behind the code of interest that count as well: what it calls belongs to it. */
const BEHIND = 3;

/** How a SwitchStrategy chooses. */
export interface SwitchOptions {
  /** Executions. Default: no end. */
  readonly executions?: number;
  /** Whether an access is in the code of interest. Default: none is. */
  readonly aim?: (access: Access) => boolean;
}

/**
 * A step of one CPU: the CPU, and how many it made before. That changes little when the others run at other times. Or one
 * of all of them, with ALL for the CPU.
 */
interface Point {
  readonly cpu: number;
  readonly step: number;
}
const ALL = -1;

export class SwitchStrategy implements Strategy {
  readonly name = "switches";
  readonly exhaustive = false;
  readonly #seed: number;
  readonly #last: number;
  readonly #aim: ((access: Access) => boolean) | undefined;
  #execution = 0;
  #random = new Random(0);
  readonly #deviations = new Deviations();
  #rate = 0;
  #points: readonly Point[] = [];
  /** Steps of this execution, of all CPUs and of each; of the last one, when the next begins. */
  #all = 0;
  readonly #steps: number[] = [];
  /** The steps that may be of interest, of this execution and of the last one. */
  #near: Point[] = [];
  #before: Point[] = [];
  /** By CPU: the operations that it had done at its last decision. */
  readonly #done: number[] = [];

  constructor(seed: number, { executions = Infinity, aim }: SwitchOptions = {}) {
    this.#seed = seed >>> 0;
    this.#last = executions;
    this.#aim = aim;
  }

  begin(): boolean {
    if (this.#execution >= this.#last) return false;
    const random = Random.ofExecution(this.#seed, this.#execution++);
    this.#random = random;
    this.#deviations.begin();
    [this.#before, this.#near] = [this.#near, this.#before];
    this.#near.length = 0;
    this.#done.length = 0;
    this.#rate = RATES[random.below(RATES.length)] ?? 0;
    const points = PREEMPTIONS[random.below(PREEMPTIONS.length)] ?? 1;
    this.#points = Array.from({ length: points }, () => this.#point());
    this.#all = 0;
    this.#steps.length = 0;
    return true;
  }

  next(scene: Scene, runnable: number, current: number): number {
    if (current >= 0) this.#see(scene, current);
    const stays = current >= 0 && ((runnable >>> current) & 1) === 1;
    if (stays) {
      const others = runnable & ~(1 << current);
      const goes = this.#ends(scene, current) ? this.#random.below(64) < this.#rate : this.#isPoint(current);
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

  /** A step of the last execution. */
  #point(): Point {
    const random = this.#random;
    if (this.#before.length > 0 && random.below(2) === 0)
      return this.#before[random.below(this.#before.length)] as Point;
    return { cpu: ALL, step: random.below(Math.max(1, this.#all)) };
  }

  /** A CPU has made a step, and stands before the next one. */
  #see(scene: Scene, cpu: number): void {
    const step = (this.#steps[cpu] ?? 0) + 1;
    this.#steps[cpu] = step;
    this.#all++;
    const access = this.#aim && scene.pending(cpu);
    if (access === undefined || this.#aim?.(access) !== true) return;
    for (let behind = 0; behind <= BEHIND; behind++) this.#near.push({ cpu, step: step + behind });
  }

  #isPoint(cpu: number): boolean {
    return this.#points.some(({ cpu: of, step }) =>
      of === ALL ? step === this.#all : of === cpu && step === this.#steps[cpu],
    );
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
