/**
 * Schedules with one preemption, at each access in turn: one CPU runs, stops before it, the others do all that they have
 * left, and it goes on. The others may have done some of their operations before. That is a small part of the schedules
 * with one preemption. Where somebody names code of interest, a CPU stops only before and right behind its accesses: that
 * takes few executions, and shows most of what is wrong with the code.
 *
 * One execution in three has a second preemption, at random, and so have those that are left when all places are tried: the
 * CPU that was stopped goes on in the midst of what the others do, or begins in the midst of what another one does.
 */

import type { Access } from "../access.js";
import { Random } from "./random.js";
import { lowest, type Scene, type Strategy } from "./strategy.js";

/** One in so many executions has a second preemption. */
const PAIRS = 3;

/** One schedule. */
interface Plan {
  /** The CPU that is stopped. */
  readonly first: number;
  /** Operations that the CPU behind it makes before. */
  readonly before: number;
  /** Stops at this place of those of interest; undefined: nowhere, to find out how many there are. */
  readonly at?: number;
  /** It goes on when the others have made so many steps; undefined: when they can make none. */
  readonly back?: number;
  /** It begins when the CPU behind it has made so many steps more. */
  readonly lead?: number;
}

/** How a SweepStrategy chooses. */
export interface SweepOptions {
  readonly seed: number;
  /** Whether an access is in the code of interest. Default: all are. */
  readonly aim?: ((access: Access) => boolean) | undefined;
  /** Whether there are schedules with a second preemption. Default: yes. */
  readonly pairs?: boolean;
}

export class SweepStrategy implements Strategy {
  readonly name = "sweep";
  readonly exhaustive = false;
  readonly #aim: ((access: Access) => boolean) | undefined;
  readonly #last: number;
  readonly #seed: number;
  readonly #pairs: boolean;
  #execution = 0;
  #plans: Plan[] = [{ first: 0, before: 0 }];
  /** Plans that have stopped a CPU, and the steps that the others made then. */
  readonly #stopped: { readonly plan: Plan; readonly steps: number }[] = [];
  readonly #random: Random;
  /** Steps of the others in this execution: since the stop, and of the one behind before the first CPU began. */
  #beside = 0;
  #led = 0;
  #plan: Plan | undefined;
  /** Places of interest at which the first CPU stood in this execution. */
  #places = 0;
  /** Whether the access before was one of interest. */
  #isBehind = false;
  #isStopped = false;
  /** Whether the other CPU, after what it does before, had more to do. */
  #hasMore = false;
  #hasBegun = false;
  #cpus = 0;

  /**
   * At most so many executions. If a CPU has more accesses, it stops at some of them, at the same distance from each other:
   * another seed gives others.
   */
  constructor(executions: number, { seed, aim, pairs = true }: SweepOptions) {
    this.#last = executions;
    this.#seed = seed >>> 0;
    this.#random = new Random(this.#seed);
    this.#aim = aim;
    this.#pairs = pairs;
  }

  begin(): boolean {
    this.#conclude();
    const isPair = this.#execution % PAIRS === PAIRS - 1;
    this.#plan = (isPair ? this.#pair() : undefined) ?? this.#plans.shift() ?? this.#pair();
    this.#places = 0;
    this.#beside = 0;
    this.#led = 0;
    this.#isBehind = false;
    this.#isStopped = false;
    this.#hasMore = false;
    this.#hasBegun = false;
    return this.#plan !== undefined && this.#execution++ < this.#last;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const { first, before, at, back, lead = 0 } = this.#plan as Plan;
    this.#learn(scene.cpus);
    const other = (first + 1) % scene.cpus;
    const isReady = (cpu: number): boolean => ((runnable >>> cpu) & 1) === 1;
    if (!this.#hasBegun && before > 0 && isReady(other) && (scene.operation?.(other) ?? before) < before)
      return other;
    if (!this.#hasBegun && isReady(other) && this.#led++ < lead) return other;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#hasMore = scene.pending(other) !== undefined;
    }
    if (!this.#isStopped && isReady(first)) {
      const isOfInterest = this.#isAt(scene, first, current === first);
      if (!isOfInterest || this.#places++ !== at) return first;
      this.#isStopped = true;
    }
    if (this.#isStopped && this.#beside++ === back && isReady(first)) {
      // From here on it is as if nobody had stopped it.
      this.#isStopped = false;
      this.#places = Number.POSITIVE_INFINITY;
      return first;
    }
    const others = runnable & ~(1 << first);
    if (isReady(other)) return other;
    return others === 0 ? first : lowest(others);
  }

  /** Some plan that has stopped a CPU, with a second preemption; undefined: there is none. */
  #pair(): Plan | undefined {
    const random = this.#random;
    if (!this.#pairs || this.#stopped.length === 0) return undefined;
    const { plan, steps } = this.#stopped[random.below(this.#stopped.length)] as {
      plan: Plan;
      steps: number;
    };
    const many = 1 + random.below(steps);
    return random.below(2) === 0 ? { ...plan, back: many } : { ...plan, lead: many };
  }

  choose(): number {
    return 0;
  }

  get share(): number | undefined {
    return undefined;
  }

  /** Whether a CPU stands before or right behind an access of interest. */
  #isAt(scene: Scene, cpu: number, moved: boolean): boolean {
    const access = scene.pending(cpu);
    const isAimed = access !== undefined && (this.#aim === undefined || this.#aim(access));
    const was = moved && this.#isBehind;
    this.#isBehind = isAimed;
    return isAimed || was;
  }

  /** With the first decision it is known how many CPUs there are. */
  #learn(cpus: number): void {
    if (this.#cpus !== 0) return;
    this.#cpus = cpus;
    for (let first = 1; first < cpus; first++) this.#plans.push({ first, before: 0 });
  }

  /** What the last execution has shown: where its first CPU may stop, and whether the other one may do more before. */
  #conclude(): void {
    const plan = this.#plan;
    if (plan === undefined) return;
    if (plan.at !== undefined) {
      if (plan.back === undefined && plan.lead === undefined && this.#beside > 2)
        this.#stopped.push({ plan, steps: this.#beside - 2 });
      return;
    }
    const { first, before } = plan;
    if (this.#hasMore) this.#plans.push({ first, before: before + 1 });
    const stride = Math.max(1, Math.ceil((this.#places * this.#cpus) / this.#last));
    for (let at = this.#seed % stride; at < this.#places; at += stride)
      this.#plans.push({ first, before, at });
  }
}
