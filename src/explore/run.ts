/** Runs a program under a strategy, once or many times. */

import type { OpOutcome, OpRecord } from "../record/record.js";
import { type Finding, positionsOf, type Symptom, symptomOf } from "./finding.js";
import type { Machine } from "./machine.js";
import { Schedule } from "./schedule.js";
import type { Oracle } from "./strategy/oracle.js";

/** What the CPUs of a machine do. */
export interface Program {
  /** Sets up the machine once on the host CPU (`machine.run`), and returns what each CPU executes. */
  prepare(machine: Machine): readonly (readonly OpRecord[])[];
  /** Returns the error in the outcomes (by CPU and operation), if any. It may use the host CPU. */
  verify(machine: Machine, outcomes: readonly (readonly OpOutcome[])[]): string | undefined;
}

/** One execution. */
export interface Execution {
  readonly schedule: Schedule;
  readonly finding: Finding | undefined;
}

/** The limits of an exploration. */
export interface ExploreOptions {
  /** The most executions. It stops earlier at a finding. */
  readonly executions: number;
  /** The most steps of one execution. Default 20,000. */
  readonly maxSteps?: number;
  /** Called after every execution, while the machine is still in its final state. */
  readonly onExecution?: (execution: Execution, index: number) => void;
}

/** The result of an exploration. */
export interface ExploreResult {
  readonly executions: number;
  /** Different schedules among them. */
  readonly schedules: number;
  /** The number of accesses in all executions. */
  readonly steps: number;
  readonly seconds: number;
  readonly finding: Finding | undefined;
}

/** A program on a machine. You can run it again and again from the state after its setup. */
export class Runner {
  readonly machine: Machine;
  readonly #program: Program;
  readonly #restore: () => void;

  constructor(machine: Machine, program: Program) {
    this.machine = machine;
    this.#program = program;
    program.prepare(machine).forEach((operations, cpu) => {
      machine.load(cpu, operations);
    });
    this.#restore = machine.save();
  }

  /**
   * Executes the program once by the oracle's decisions. Throws only errors of the oracle or the host; an error of
   * the engine is a finding.
   */
  execute(oracle: Oracle, maxSteps = 20_000): Execution {
    const { machine } = this;
    this.#restore();
    oracle.begin();
    const schedule = new Schedule();
    const symptom = this.#schedule(oracle, schedule, maxSteps) ?? this.#judge();
    if (symptom === undefined) return { schedule, finding: undefined };
    const finding = { ...symptom, positions: positionsOf(machine), schedule: schedule.toString() };
    return { schedule, finding };
  }

  /** Executes the program many times, until there is a finding. */
  explore(oracle: Oracle, options: ExploreOptions): ExploreResult {
    const seen = new Set<number>();
    const started = performance.now();
    let executions = 0;
    let steps = 0;
    let finding: Finding | undefined;
    while (executions < options.executions && finding === undefined) {
      const execution = this.execute(oracle, options.maxSteps);
      options.onExecution?.(execution, executions);
      seen.add(execution.schedule.hash);
      steps += execution.schedule.length;
      finding = execution.finding;
      executions++;
    }
    const seconds = (performance.now() - started) / 1000;
    return { executions, schedules: seen.size, steps, seconds, finding };
  }

  /** Runs the fibers until all are done, or returns the finding that prevents it. */
  #schedule(oracle: Oracle, schedule: Schedule, maxSteps: number): Symptom | undefined {
    const { machine } = this;
    let next: number | undefined;
    let symptom: Symptom | undefined;
    const decide = (current: number | undefined): void => {
      next = undefined;
      const runnable = machine.runnable();
      if (runnable.length === 0) {
        if (machine.fibers.some(({ state }) => state !== "done")) {
          symptom = {
            kind: "deadlock",
            message: "deadlock: every CPU waits, and none can change anything",
          };
        }
      } else if (schedule.length >= maxSteps) {
        symptom = { kind: "bound", message: `the execution did not end within ${maxSteps} steps` };
      } else {
        next = oracle.next(runnable, current);
        schedule.step(next);
      }
    };
    machine.gate = (fiber) => {
      decide(fiber.cpu);
      return next === fiber.cpu;
    };
    machine.choose = (count) => {
      const choice = oracle.choose(count);
      schedule.choice(choice);
      return choice;
    };
    decide(undefined);
    while (next !== undefined) {
      const cpu: number = next;
      try {
        if (machine.resume(cpu).state === "done") decide(undefined);
      } catch (error) {
        return symptomOf(machine, error, cpu);
      }
    }
    return symptom;
  }

  /** All CPUs are done: checks the invariants, then the outcomes. */
  #judge(): Symptom | undefined {
    const { machine } = this;
    machine.model.settle();
    try {
      machine.checkAll();
      const outcomes = machine.fibers.map(({ cpu }) => machine.outcomes(cpu));
      const message = this.#program.verify(machine, outcomes);
      return message === undefined ? undefined : { kind: "result", message };
    } catch (error) {
      return symptomOf(machine, error, machine.cpus);
    }
  }
}
