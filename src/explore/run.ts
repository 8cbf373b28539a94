/** Runs a program under a strategy, once or many times. */

import type { OpOutcome, OpRecord } from "../record/record.js";
import type { Access } from "./access.js";
import type { Fiber } from "./fiber.js";
import { DEADLOCK, type Finding, positionsOf, type Symptom, symptomOf } from "./finding.js";
import type { Machine } from "./machine.js";
import { type Mark, Marks } from "./marks.js";
import type { RaceNet } from "./net.js";
import { SpinWatch } from "./spin.js";
import { ABANDON, type Retracing, retraces, type Scene, type Strategy } from "./strategy/strategy.js";

/** What the CPUs of a machine do. */
export interface Program {
  /** Sets up the machine once on the host CPU (`machine.run`), and returns what each CPU executes. */
  prepare(machine: Machine): readonly (readonly OpRecord[])[];
  /**
   * Returns the error in the outcomes (by CPU and operation), if any. It may use the host CPU. The result must depend
   * on the machine's memory only: a state that was judged once is not judged again.
   */
  verify(machine: Machine, outcomes: readonly (readonly OpOutcome[])[]): string | undefined;
  /** The text of a CPU's operation, counted from 0; undefined for one that the race does not name. */
  label?(cpu: number, operation: number): string | undefined;
}

/** The result of one execution. */
export interface Execution {
  /** By decision: the CPU that made the step. The next execution reuses it. */
  readonly decisions: readonly number[];
  /** The answers to what a memory model left open, in order. The next execution reuses it. */
  readonly choices: readonly number[];
  readonly finding: Finding | undefined;
  /** True when the strategy gave it up, because others repeat it. */
  readonly abandoned: boolean;
}

/** The limits of an exploration. */
export interface ExploreOptions {
  /** The most executions. Default: no limit. It stops earlier at a finding. */
  readonly executions?: number;
  /** The most steps of one execution. Default 20,000. */
  readonly maxSteps?: number;
  /** Called after every execution, while the machine is still in its final state. True ends the exploration. */
  readonly onExecution?: (execution: Execution, index: number) => boolean | undefined;
  /** True: each execution runs from its beginning. The results are the same, and come later. */
  readonly fromStart?: boolean;
}

/** The result of an exploration. */
export interface ExploreResult {
  /** Executions of the last pass. */
  readonly executions: number;
  /** Executions before it: those of passes that knew too few contended words. */
  readonly repeated: number;
  /** Executions that the strategy gave up. */
  readonly abandoned: number;
  /** Steps in all executions. */
  readonly steps: number;
  readonly seconds: number;
  /** True when the strategy has nothing left to try. */
  readonly complete: boolean;
  readonly finding: Finding | undefined;
}

const MAX_STEPS = 20_000;
/** Answers between two marks: a mark costs about as much as some steps, which it saves only once or twice. */
const SPACING = 4;

/** A program on a machine. You can run it again and again from the state after its setup. */
export class Runner implements Scene {
  readonly machine: Machine;
  readonly cpus: number;
  /** Final states that were judged and are good. */
  readonly judged = new Set<bigint>();
  /** Sees all accesses, and finds the races on plain ones. */
  net: RaceNet | undefined;
  /** Called when an execution begins. */
  onBegin: (() => void) | undefined;
  /** True while every marked access is a step, not only those to contended words. */
  everyAccess = false;
  readonly program: Program;
  readonly #spin: SpinWatch;
  /** By CPU: where it counts the operations that it has done. */
  readonly #index: readonly number[];
  /** By CPU: how many records it had done before the execution. */
  first: readonly number[];
  /** What the setup broke already. */
  #broken: Symptom | undefined;
  readonly #decisions: number[] = [];
  readonly #choices: number[] = [];
  readonly #marks: Marks;
  /** The strategy, while states are marked for it; and the state before the last decision. */
  #retracing: Retracing | undefined;
  readonly #here: Mark = {
    current: -1,
    answers: 0,
    decisions: 0,
    choices: 0,
    spinning: 0,
    last: -1,
    steps: 0,
  };
  /** The state before the last decision is to be marked: no fiber may run on. */
  #wantsMark = false;
  #strategy: Strategy | undefined;
  #maxSteps = MAX_STEPS;
  #next = ABANDON;
  #abandoned = false;
  #symptom: Symptom | undefined;

  constructor(machine: Machine, program: Program) {
    this.machine = machine;
    this.cpus = machine.cpus;
    this.program = program;
    this.#spin = new SpinWatch(machine);
    this.#marks = new Marks(machine, this.#spin);
    this.first = machine.fibers.map(() => 0);
    const index = machine.layout.struct("Cpu").offset("index");
    this.#index = machine.fibers.map(({ cpu }) => machine.control.cpuBase(cpu) + index);
    try {
      const records = program.prepare(machine);
      this.first = this.#index.map((at) => machine.view.u32(at));
      records.forEach((operations, cpu) => {
        machine.load(cpu, operations);
      });
    } catch (error) {
      this.#broken = symptomOf(machine, error, 0);
    }
    machine.save();
  }

  pending(cpu: number): Access | undefined {
    const fiber = this.machine.fibers[cpu];
    return fiber === undefined || fiber.state === "done" ? undefined : fiber.access;
  }

  operation(cpu: number): number {
    return this.machine.view.u32(this.#index[cpu] as number) - (this.first[cpu] as number);
  }

  get plain(): readonly number[] {
    return this.machine.plain;
  }

  looks(cpu: number): boolean {
    const access = this.pending(cpu);
    return access !== undefined && this.machine.model.looks(cpu, access);
  }

  held(cpu: number): number {
    return this.machine.view.u32(this.pending(cpu)?.at ?? 0);
  }

  /**
   * Executes the program once by the strategy's decisions. Throws only errors of the strategy or the host; an error of
   * the engine is a finding.
   */
  execute(strategy: Strategy, maxSteps = MAX_STEPS): Execution {
    this.#marks.clear();
    this.#retracing = undefined;
    return this.#run(strategy, maxSteps);
  }

  /** Executes the program once, from the last mark on that the execution before has left on its way. */
  #run(strategy: Strategy, maxSteps: number): Execution {
    const { machine } = this;
    if (this.#broken !== undefined) {
      const finding = { ...this.#broken, positions: positionsOf(machine), decisions: [], choices: [] };
      return { decisions: [], choices: [], finding, abandoned: false };
    }
    this.#strategy = strategy;
    this.#maxSteps = maxSteps;
    this.#abandoned = false;
    this.#symptom = undefined;
    const symptom = this.#schedule(this.#begin()) ?? (this.#abandoned ? undefined : this.#judge());
    // What a crash leaves behind is written past the monitor.
    if (symptom !== undefined) this.#marks.clear();
    const result = { decisions: this.#decisions, choices: this.#choices, abandoned: this.#abandoned };
    if (symptom === undefined) return { ...result, finding: undefined };
    return {
      ...result,
      finding: {
        ...{ ...symptom, positions: positionsOf(machine) },
        ...{ decisions: [...this.#decisions], choices: [...this.#choices] },
      },
    };
  }

  /**
   * Executes the program until the strategy has nothing left, or there is a finding. `make` makes the strategy: it
   * starts over whenever an execution showed that more words are contended, since before it nobody decided about
   * them.
   */
  explore(make: () => Strategy, options: ExploreOptions = {}): ExploreResult {
    const { executions: most = Number.POSITIVE_INFINITY, maxSteps, onExecution, fromStart = false } = options;
    const { monitor, model } = this.machine;
    const isWeak = model.plainStore !== undefined;
    const started = performance.now();
    const total = { executions: 0, repeated: 0, abandoned: 0, steps: 0 };
    const result = (complete: boolean, finding?: Finding): ExploreResult => {
      return { ...total, complete, finding, seconds: (performance.now() - started) / 1000 };
    };
    let strategy = make();
    let contended = monitor.contended;
    this.#marks.clear();
    while (total.executions + total.repeated < most) {
      if (!strategy.begin()) return result(true);
      this.#retracing = !fromStart && this.#mayGoBack && retraces(strategy) ? strategy : undefined;
      if (this.#retracing === undefined) this.#marks.clear();
      const execution = this.#run(strategy, maxSteps ?? MAX_STEPS);
      const foreign = strategy.isForeign === true;
      if (!foreign) {
        total[execution.abandoned ? "abandoned" : "executions"]++;
        total.steps += execution.decisions.length;
      }
      const grew = monitor.contended !== contended;
      this.net?.end(!grew);
      const stop = onExecution?.(execution, total.executions + total.repeated - 1) === true;
      // A weak model did not hear of the accesses to a word, a lock's for example, before it was contended. So it may
      // have shown what they forbid. A search that starts over finds it again if it is true.
      const counts = !foreign && !(grew && isWeak);
      if (stop || (execution.finding !== undefined && counts)) return result(false, execution.finding);
      if (!grew) continue;
      this.#marks.clear();
      contended = monitor.contended;
      if (!strategy.exhaustive) continue;
      total.repeated += total.executions;
      total.executions = 0;
      strategy = make();
    }
    return result(false);
  }

  /**
   * Whether the next execution may go on in the middle. Whoever looks on must be able to go back too, as the net is; and
   * counters in the module would count what is left out.
   */
  get #mayGoBack(): boolean {
    const { machine, net, onBegin, everyAccess } = this;
    if (machine.model.mark === undefined || machine.isWatched || machine.isCounted || everyAccess)
      return false;
    return onBegin === undefined && (machine.observer === undefined || machine.observer === net?.observer);
  }

  /** Brings the machine to where the execution begins: to a mark, which it returns, or to the beginning. */
  #begin(): Readonly<Mark> | undefined {
    const { machine, net } = this;
    const strategy = this.#retracing;
    const mark = strategy && this.#marks.back(strategy.shared, net);
    if (strategy !== undefined && mark !== undefined) {
      strategy.goOn(mark.answers);
      this.#decisions.length = mark.decisions;
      this.#choices.length = mark.choices;
      return mark;
    }
    machine.restore();
    net?.begin();
    this.onBegin?.();
    this.#spin.begin();
    this.#decisions.length = 0;
    if (this.#choices.length > 0) this.#choices.length = 0;
    return undefined;
  }

  /** At each access of the CPU that runs: whether it goes on. */
  readonly #gate = (fiber: Fiber): boolean => {
    this.#decide(fiber.cpu);
    return this.#next === fiber.cpu && !this.#wantsMark;
  };

  readonly #choose = (count: number): number => {
    const choice = (this.#strategy as Strategy).choose(count);
    this.#choices.push(choice);
    return choice;
  };

  /** Runs the fibers until all are done, or returns the finding that prevents it. */
  #schedule(from: Readonly<Mark> | undefined): Symptom | undefined {
    const { machine } = this;
    machine.gate = this.#gate;
    machine.choose = this.#choose;
    if (from === undefined) this.#decide(-1);
    else {
      this.#ask(from.current, true);
      this.#wantsMark = false;
    }
    while (this.#next !== ABANDON) {
      if (this.#wantsMark) {
        this.#marks.set(this.#here, this.net);
        this.#wantsMark = false;
      }
      const cpu = this.#next;
      try {
        if (machine.resume(cpu).state === "done") this.#decide(cpu);
        else if (this.#spin.wantsLook(cpu)) {
          this.#spin.look(cpu);
          this.#decide(cpu);
        }
      } catch (error) {
        return symptomOf(machine, error, cpu);
      }
    }
    return this.#symptom;
  }

  /** Asks the strategy which CPU makes the next step. `current` made the last one. */
  #decide(current: number): void {
    this.#next = ABANDON;
    const counts = current < 0 || !this.everyAccess || this.machine.monitor.wasDecision;
    if (current >= 0 && counts && this.#spin.suspects(current)) return;
    this.#ask(current, counts);
  }

  /** The same, once nothing else stops the CPU; `counts`: the step counts for those that repeat themselves. */
  #ask(current: number, counts: boolean): void {
    const { machine } = this;
    this.#next = ABANDON;
    const runnable = machine.runnable() & ~this.#spin.spinning;
    if (runnable === 0) {
      const stuck = machine.fibers.filter(({ state }) => state !== "done");
      if (stuck.length > 0) this.#symptom = stuckSymptom(this.#spin.spinning);
      this.#strategy?.end?.(this);
      return;
    }
    if (this.#decisions.length >= this.#maxSteps) {
      this.#symptom = {
        kind: "bound",
        ...named("BOUND"),
        message: `the execution did not end within ${this.#maxSteps} steps`,
      };
      return;
    }
    this.#next = (this.#strategy as Strategy).next(this, runnable, current);
    // To set the length of an empty array takes time, too.
    if (machine.plain.length > 0) machine.plain.length = 0;
    if (this.#next === ABANDON) {
      this.#abandoned = true;
      return;
    }
    this.#note(current);
    this.#decisions.push(this.#next);
    if (counts || this.#next !== current) this.#spin.step(this.#next);
  }

  /** Notes the state before a decision, if a later execution comes back to it. */
  #note(current: number): void {
    const strategy = this.#retracing;
    if (strategy === undefined || current < 0 || !strategy.comesBack) return;
    const answers = strategy.answers - 1;
    if (answers < this.#marks.last + SPACING || !this.#spin.isCalm) return;
    strategy.marked();
    const here = this.#here;
    here.current = current;
    here.answers = answers;
    here.decisions = this.#decisions.length;
    here.choices = this.#choices.length;
    this.#spin.state(here);
    this.#wantsMark = true;
  }

  /** All CPUs are done: checks the invariants, then the outcomes, unless it has judged this very state already. */
  #judge(): Symptom | undefined {
    const { machine } = this;
    machine.settle();
    const state = machine.monitor.stateHash();
    if (this.judged.has(state)) return undefined;
    const symptom = this.judge();
    if (symptom === undefined) this.judged.add(state);
    return symptom;
  }

  /** Checks the invariants of the final state, then the outcomes. */
  judge(): Symptom | undefined {
    const { machine } = this;
    try {
      machine.checkAll();
      const outcomes = machine.fibers.map(({ cpu }) => machine.outcomes(cpu, this.first[cpu]));
      const message = this.program.verify(machine, outcomes);
      return message === undefined ? undefined : { kind: "result", ...named("RESULT"), message };
    } catch (error) {
      return symptomOf(machine, error, machine.cpus);
    }
  }
}

function stuckSymptom(spinning: number): Symptom {
  return spinning === 0
    ? { kind: "deadlock", ...DEADLOCK, message: "every CPU waits, and none can change anything" }
    : {
        kind: "deadlock",
        ...DEADLOCK,
        message: "every CPU waits or repeats itself without end, and none can change anything",
      };
}

/** A finding that is no panic. */
function named(code: string): { readonly invariant: string; readonly code: string } {
  return { invariant: code, code };
}
