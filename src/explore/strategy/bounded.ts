/**
 * Every schedule with at most so many preemptions, and at most so many deviations of a weak memory model. A preemption
 * is a switch away from a CPU that could go on; to leave a CPU that waits or is done costs nothing. Most bugs need at
 * most two (Musuvathi and Qadeer, “Iterative context bounding for systematic testing of multithreaded programs”, 2007).
 * A deviation is a choice other than 0: a load that does not see the newest value, for example.
 */

import { MOST_CHOICES } from "../model.js";
import { count, lowest, type Retracing, type Scene } from "./strategy.js";

/** The bounds of a search. */
export interface Bounds {
  /** The most preemptions of an execution. */
  readonly preemptions: number;
  /** The most deviations of the memory model. */
  readonly stale: number;
  /** The most of both together. */
  readonly together: number;
  /** True: to leave a CPU between two of its operations costs nothing. Default false. */
  readonly free?: boolean;
}

/** A part of a search: number `index`, from 0 on, of `of` parts that together are the whole. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/**
 * Depth first. A stack of decisions holds what is left to try at each.
 *
 * The first choice of a decision is to go on, or to see the newest value; every other one is a turn. All executions that begin with the same two
 * turns belong to one part, and so does an execution with fewer turns. Every part runs those with fewer turns, since
 * they show where turns are possible: a few hundred among many thousands.
 */
export class BoundedStrategy implements Retracing {
  readonly name = "bounded";
  readonly exhaustive = true;
  /** Executions so far with too few turns to belong to a part. Each part runs all of these, so the numbers are equal. */
  trunk = 0;
  readonly #bounds: Bounds;
  readonly #part: Part | undefined;
  /** Decisions of which the following know: the lists may be longer. */
  #size = 0;
  /** By decision: what was chosen, what is still to try, all choices. Of a CPU, or of a memory model. */
  readonly #chosen: number[] = [];
  readonly #left: number[] = [];
  readonly #choices: number[] = [];
  /** The same: preemptions and deviations before it. */
  readonly #preempted: number[] = [];
  readonly #deviated: number[] = [];
  /** Depths of the first turns of this execution, at most TURNS, and the hash of the turns. */
  readonly #turns: number[] = [];
  #hash = 0;
  #depth = 0;
  #begun = false;
  /** Of this execution so far. */
  #preemptions = 0;
  #stale = 0;
  shared = 0;
  comesBack = false;
  /** Since the last mark a choice left something to try: then those behind it will, too. */
  #isOpen = false;
  /** By CPU: the operations that it had done at its last decision, where that matters. */
  readonly #done: number[] = [];

  /** `bounds`: a number is that of preemptions. Without a part it is the whole. */
  constructor(bounds: number | Bounds, part?: Part) {
    this.#bounds = typeof bounds === "number" ? { preemptions: bounds, stale: 0, together: bounds } : bounds;
    this.#part = part;
  }

  begin(): boolean {
    this.#depth = 0;
    this.#preemptions = 0;
    this.#stale = 0;
    this.#done.length = 0;
    this.#isOpen = false;
    if (!this.#begun) this.#begun = true;
    else if (!this.#advance()) return false;
    if (this.#turns.length < TURNS) this.trunk++;
    return true;
  }

  get isForeign(): boolean {
    return this.#turns.length < TURNS && !this.#isMine();
  }

  get preemptions(): number {
    return this.#preemptions;
  }

  get stale(): number {
    return this.#stale;
  }

  get answers(): number {
    return this.#depth;
  }

  goOn(answers: number): void {
    this.#depth = answers;
    this.#preemptions = this.#preempted[answers] as number;
    this.#stale = this.#deviated[answers] as number;
    this.#isOpen = false;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const depth = this.#depth;
    const cpu = this.#next(scene, runnable, current);
    this.comesBack = this.#isOpen || this.#left[depth] !== 0;
    return cpu;
  }

  marked(): void {
    this.#isOpen = false;
  }

  #next(scene: Scene, runnable: number, current: number): number {
    const depth = this.#depth++;
    const ends = this.#bounds.free === true && current >= 0 && this.#ends(scene, current);
    if (depth < this.#size) {
      const cpu = this.#chosen[depth] as number;
      if (cpu !== current && ((this.#choices[depth] as number) & GOES_ON) !== 0) this.#preemptions++;
      return cpu;
    }
    const canGoOn = current >= 0 && ((runnable >>> current) & 1) === 1;
    const cpu = canGoOn ? current : lowest(runnable);
    const goesOn = canGoOn && !ends;
    const isFree = !goesOn || this.#allows(this.#preemptions + 1, this.#stale);
    const choices = isFree ? runnable : 1 << current;
    this.#decide(cpu, goesOn ? choices | GOES_ON : choices, choices & ~(1 << cpu));
    return cpu;
  }

  choose(count: number): number {
    if (count > MOST_CHOICES)
      throw new TypeError(`a memory model has ${count} choices, more than ${MOST_CHOICES}`);
    if (!this.#allows(this.#preemptions, this.#stale + 1)) return 0;
    const depth = this.#depth++;
    if (depth === this.#size) this.#decide(0, (1 << count) - 1, (1 << count) - 2);
    const choice = this.#chosen[depth] as number;
    if (choice !== 0) this.#stale++;
    if (this.#left[depth] !== 0) this.#isOpen = true;
    return choice;
  }

  /** A new decision. */
  #decide(chosen: number, choices: number, left: number): void {
    const at = this.#size++;
    this.#chosen[at] = chosen;
    this.#choices[at] = choices;
    this.#left[at] = left;
    this.#preempted[at] = this.#preemptions;
    this.#deviated[at] = this.#stale;
  }

  /** Whether a CPU stands between two of its operations. */
  #ends(scene: Scene, cpu: number): boolean {
    const now = scene.operation?.(cpu) ?? 0;
    const before = this.#done[cpu] ?? 0;
    this.#done[cpu] = now;
    return before !== now;
  }

  #allows(preemptions: number, stale: number): boolean {
    const bounds = this.#bounds;
    return (
      preemptions <= bounds.preemptions && stale <= bounds.stale && preemptions + stale <= bounds.together
    );
  }

  get share(): number {
    let share = 0;
    let weight = 1;
    for (let depth = 0; depth < this.#size; depth++) {
      const choices = this.#choices[depth] as number;
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
      let last = this.#size - 1;
      while (last >= 0 && left[last] === 0) last--;
      this.#size = last + 1;
      // To leave a CPU between two operations depends on all decisions before: such a search begins at the beginning.
      this.shared = this.#bounds.free === true ? 0 : Math.max(last, 0);
      if (last < 0) return false;
      const next = lowest(left[last] as number);
      this.#chosen[last] = next;
      left[last] = (left[last] as number) & ~(1 << next);
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
}

/** Turns by which an execution belongs to a part. */
const TURNS = 2;
/** Set in the choices of a decision at which the current CPU could go on. */
const GOES_ON = 1 << 30;
