/**
 * Finds the CPU that repeats itself: it comes back to the same access with the same stack, and memory is as it was. What
 * it does until then is a wait, whatever it looks like: a spin loop, or a retry that takes locks and gives them back.
 * Such a CPU is not chosen again before another one has made a step.
 */

import type { Machine } from "./machine.js";
import { Print } from "./print.js";

/** Visits of one access in a turn, place and word, before we begin to look: a loop over a few pages makes fewer. */
const PATIENCE = 8;
/** Steps of a turn before we count visits: most turns are shorter. */
const SHORT = 100;

/** What it knows in the middle of a turn that is still short. */
export interface SpinState {
  spinning: number;
  last: number;
  steps: number;
}

export class SpinWatch {
  readonly #machine: Machine;
  /** CPUs that repeat themselves, as bits. */
  spinning = 0;
  #last = -1;
  #wants = -1;
  #steps = 0;
  /** How often the turn came to each access. */
  readonly #visits = new Map<number, number>();
  /**
   * The states at the turn's looks: hashes of memory, and of the stack with the place. Both have 64 bits: a loop over many
   * pages makes thousands of stacks that differ in few bits, and two that look alike are told as a deadlock.
   */
  readonly #seen = new Set<string>();
  readonly #print = new Print();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A new execution begins. */
  begin(): void {
    this.#last = -1;
    this.#wants = -1;
    this.#forget();
  }

  /** A CPU makes a step. If it is another one than before, those that repeat themselves may see something new. */
  step(cpu: number): void {
    if (cpu === this.#last) return;
    this.#last = cpu;
    this.#forget();
  }

  /** Whether what it knows is `SpinState`: it has not begun to count visits. */
  get isCalm(): boolean {
    return this.#steps <= SHORT;
  }

  /** The same for the caller to keep. */
  state(into: SpinState): void {
    into.spinning = this.spinning;
    into.last = this.#last;
    into.steps = this.#steps;
  }

  /** The execution goes on from where the state was that. */
  goBack({ spinning, last, steps }: Readonly<SpinState>): void {
    this.#forget();
    this.spinning = spinning;
    this.#last = last;
    this.#steps = steps;
    this.#wants = -1;
  }

  /** True when the CPU, which runs, must pause for a look. The caller stops it at its next access, and calls `look`. */
  suspects(cpu: number): boolean {
    const fiber = this.#machine.fibers[cpu];
    if (fiber === undefined || fiber.state !== "running" || cpu !== this.#last) return false;
    if (this.#steps++ < SHORT) return false;
    const { place, at } = fiber.access;
    const key = at * 4096 + place;
    const visits = (this.#visits.get(key) ?? 0) + 1;
    this.#visits.set(key, visits);
    if (visits < PATIENCE) return false;
    this.#wants = cpu;
    return true;
  }

  wantsLook(cpu: number): boolean {
    return this.#wants === cpu;
  }

  /** The CPU is paused: compares its state with those at earlier looks of this turn. */
  look(cpu: number): void {
    const { monitor, fibers } = this.#machine;
    const fiber = fibers[cpu];
    if (fiber === undefined) return;
    const print = this.#print.begin(0);
    fiber.print(print);
    const state = `${monitor.stateHash()} ${print.a} ${print.b}`;
    if (this.#seen.has(state)) this.spinning |= 1 << cpu;
    this.#seen.add(state);
    this.#wants = -1;
  }

  #forget(): void {
    this.spinning = 0;
    this.#steps = 0;
    if (this.#visits.size > 0) this.#visits.clear();
    if (this.#seen.size > 0) this.#seen.clear();
  }
}
