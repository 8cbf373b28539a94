/**
 * Every schedule with at most so many preemptions. A preemption is a switch away from a CPU that could go on; to leave a
 * CPU that waits or is done costs nothing. Most bugs need at most two (Musuvathi and Qadeer, “Iterative context bounding
 * for systematic testing of multithreaded programs”, 2007).
 */

import { count, lowest, type Scene, type Strategy } from "./strategy.js";

/** Depth first. A stack of decisions holds what is left to try at each. */
export class BoundedStrategy implements Strategy {
  readonly name = "bounded";
  readonly exhaustive = true;
  readonly #bound: number;
  /** By decision: the CPU chosen, those still to try, all choices, preemptions before it. */
  readonly #chosen: number[] = [];
  readonly #left: number[] = [];
  readonly #choices: number[] = [];
  readonly #used: number[] = [];
  #depth = 0;
  #begun = false;

  /** `bound` is the most preemptions of an execution. */
  constructor(bound: number) {
    this.#bound = bound;
  }

  begin(): boolean {
    this.#depth = 0;
    if (!this.#begun) {
      this.#begun = true;
      return true;
    }
    const left = this.#left;
    let last = left.length - 1;
    while (last >= 0 && left[last] === 0) last--;
    left.length = last + 1;
    this.#chosen.length = last + 1;
    this.#choices.length = last + 1;
    this.#used.length = last + 1;
    if (last < 0) return false;
    const cpu = lowest(left[last] as number);
    this.#chosen[last] = cpu;
    left[last] = (left[last] as number) & ~(1 << cpu);
    return true;
  }

  next(_scene: Scene, runnable: number, current: number): number {
    const depth = this.#depth++;
    if (depth < this.#chosen.length) return this.#chosen[depth] as number;
    const used = depth === 0 ? 0 : this.#spent(depth, current);
    const goesOn = current >= 0 && ((runnable >>> current) & 1) === 1;
    const cpu = goesOn ? current : lowest(runnable);
    const choices = goesOn && used >= this.#bound ? 1 << current : runnable;
    this.#chosen.push(cpu);
    this.#choices.push(goesOn ? choices | GOES_ON : choices);
    this.#left.push(choices & ~(1 << cpu));
    this.#used.push(used);
    return cpu;
  }

  choose(): number {
    return 0;
  }

  get share(): number {
    let share = 0;
    let weight = 1;
    for (const [depth, choices] of this.#choices.entries()) {
      const all = count(choices & ~GOES_ON);
      share += (weight * (all - 1 - count(this.#left[depth] as number))) / all;
      weight /= all;
    }
    return Math.min(1, share);
  }

  /** Preemptions of the decisions before `depth`; `current` is the CPU that the last of them chose. */
  #spent(depth: number, current: number): number {
    const before = depth - 1;
    const used = this.#used[before] as number;
    const could = ((this.#choices[before] as number) & GOES_ON) !== 0;
    const previous = before === 0 ? -1 : (this.#chosen[before - 1] as number);
    return could && previous !== current ? used + 1 : used;
  }
}

/** Set in the choices of a decision at which the current CPU could go on. */
const GOES_ON = 1 << 30;
