/** The final states of a program's executions, and what is wrong with them. */

import { resultSymptom, type Symptom, symptomOf } from "./finding.js";
import type { Machine } from "./machine.js";
import type { Program } from "./program.js";

export class FinalStates {
  /** Those that were judged and are good, by their hashes. */
  readonly judged = new Set<bigint>();
  readonly #machine: Machine;
  readonly #program: Program;

  constructor(machine: Machine, program: Program) {
    this.#machine = machine;
    this.#program = program;
  }

  /**
   * All CPUs are done: checks the invariants, then the outcomes, unless it has judged this very state already. `first`: how
   * many records each CPU had done before the execution.
   */
  judge(first: readonly number[]): Symptom | undefined {
    const machine = this.#machine;
    machine.settle();
    const state = machine.monitor.stateHash();
    if (this.judged.has(state)) return undefined;
    const symptom = this.#check(first);
    if (symptom === undefined) this.judged.add(state);
    return symptom;
  }

  #check(first: readonly number[]): Symptom | undefined {
    const machine = this.#machine;
    try {
      machine.checkAll();
      const outcomes = machine.fibers.map(({ cpu }) => machine.outcomes(cpu, first[cpu]));
      const message = this.#program.verify(machine, outcomes);
      return message === undefined ? undefined : resultSymptom(message);
    } catch (error) {
      return symptomOf(machine, error, machine.cpus);
    }
  }
}
