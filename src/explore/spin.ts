/**
 * Finds the CPU that repeats itself: it comes back to the same access with the same stack, and memory is as it was. What
 * it does until then is a wait, whatever it looks like: a spin loop, or a retry that takes locks and gives them back.
 * Such a CPU is not chosen again before another one has made a step.
 */

import type { Machine } from "./machine.js";

/** Steps of a CPU without another one in between before we begin to look: ordinary operations make fewer. */
const PATIENCE = 200;
/** Looks at different places of a turn, at most, before the next one. */
const EVERY = 1;

export class SpinWatch {
  readonly #machine: Machine;
  /** CPUs that repeat themselves, as bits. */
  spinning = 0;
  #last = -1;
  #turn = 0;
  #wants = -1;
  /** The states at the turn's looks: a hash of memory and stack, with the place. */
  readonly #seen = new Set<string>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** A new execution begins. */
  begin(): void {
    this.spinning = 0;
    this.#last = -1;
    this.#turn = 0;
    this.#wants = -1;
    this.#seen.clear();
  }

  /** A CPU makes a step. If it is another one than before, those that repeat themselves may see something new. */
  step(cpu: number): void {
    if (cpu === this.#last) {
      this.#turn++;
      return;
    }
    this.#last = cpu;
    this.#turn = 0;
    this.spinning = 0;
    this.#seen.clear();
  }

  /** True when the CPU must pause for a look. The caller stops it at its next access, and calls `look`. */
  suspects(cpu: number): boolean {
    if (this.#turn < PATIENCE || this.#turn % EVERY !== 0 || this.#wants === cpu) return false;
    if (this.#machine.fibers[cpu]?.state !== "running") return false;
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
    const state = `${fiber.access.place} ${monitor.stateHash()} ${fiber.stackHash()}`;
    if (this.#seen.has(state)) this.spinning |= 1 << cpu;
    this.#seen.add(state);
    this.#turn++;
    this.#wants = -1;
  }
}
