/**
 * Every schedule with at most so many preemptions. A preemption is a switch away from a CPU that could go on; to leave a
 * CPU that waits or is done costs nothing. Most bugs need at most two (Musuvathi and Qadeer, “Iterative context bounding
 * for systematic testing of multithreaded programs”, 2007).
 */

import { count, lowest, type Scene, type Strategy } from "./strategy.js";

/** A part of a search: number `index`, from 0 on, of `of` parts that together are the whole. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/**
 * Depth first. A stack of decisions holds what is left to try at each.
 *
 * The first choice of a decision is to go on; every other one is a turn. All executions that begin with the same two
 * turns belong to one part, and so does an execution with fewer turns. Every part runs those with fewer turns, since
 * they show where turns are possible: a few hundred among many thousands.
 */
export class BoundedStrategy implements Strategy {
  readonly name = "bounded";
  readonly exhaustive = true;
  /** Executions so far with too few turns to belong to a part. Each part runs all of these, so the numbers are equal. */
  trunk = 0;
  readonly #bound: number;
  readonly #part: Part | undefined;
  /** By decision: the CPU chosen, those still to try, all choices, preemptions before it. */
  readonly #chosen: number[] = [];
  readonly #left: number[] = [];
  readonly #choices: number[] = [];
  readonly #used: number[] = [];
  /** Depths of the first turns of this execution, at most TURNS, and the hash of the turns. */
  readonly #turns: number[] = [];
  #hash = 0;
  #depth = 0;
  #begun = false;

  /** `bound` is the most preemptions of an execution. Without a part it is the whole. */
  constructor(bound: number, part?: Part) {
    this.#bound = bound;
    this.#part = part;
  }

  begin(): boolean {
    this.#depth = 0;
    if (!this.#begun) this.#begun = true;
    else if (!this.#advance()) return false;
    if (this.#turns.length < TURNS) this.trunk++;
    return true;
  }

  get isForeign(): boolean {
    return this.#turns.length < TURNS && !this.#isMine();
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

  /** Takes the deepest alternative that is left and belongs to this part. False: there is none. */
  #advance(): boolean {
    const left = this.#left;
    do {
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
      this.#turn(last);
    } while (this.#turns.length === TURNS && !this.#isMine());
    return true;
  }

  /** The decision at `depth`, the last one, has become a turn. */
  #turn(depth: number): void {
    const turns = this.#turns;
    while (turns.length > 0 && (turns[turns.length - 1] as number) >= depth) turns.pop();
    if (turns.length < TURNS) turns.push(depth);
    this.#hash = 0;
    for (const at of turns)
      this.#hash = Math.imul(this.#hash ^ (at * 32 + (this.#chosen[at] as number) + 1), 0x9e3779b1);
  }

  #isMine(): boolean {
    if (this.#part === undefined) return true;
    // The low bits of a product know only the low bits of its factors.
    return ((this.#hash ^ (this.#hash >>> 15)) >>> 0) % this.#part.of === this.#part.index;
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

/** Turns by which an execution belongs to a part. */
const TURNS = 2;
/** Set in the choices of a decision at which the current CPU could go on. */
const GOES_ON = 1 << 30;
