/** Runs a program under a strategy, once or many times. */

import type { Access } from "./access.js";
import type { Execution } from "./execution.js";
import type { Fiber } from "./fiber.js";
import { FinalStates } from "./final-states.js";
import { boundSymptom, type Finding, positionsOf, type Symptom, stuckSymptom, symptomOf } from "./finding.js";
import type { Machine } from "./machine.js";
import { type Mark, Marks } from "./marks.js";
import { Naps } from "./naps.js";
import type { RaceNet } from "./net.js";
import { Print } from "./print.js";
import type { Program } from "./program.js";
import { MachineScene } from "./scene.js";
import type { ExploreOptions, ExploreResult } from "./search.js";
import { SeenStates } from "./seen-states.js";
import { SpinWatch } from "./spin.js";
import { ABANDON, type Retracing, retraces, type Strategy } from "./strategy/strategy.js";

const MAX_STEPS = 20_000;
/** Answers between two marks: a mark costs about as much as some steps, which it saves only once or twice. */
const SPACING = 4;
/**
 * Executions of a pass from which on a new contended word waits: there are often more of them close by. So the pass goes on
 * without them until it has run as many executions again, and the next one begins with all of them.
 */
const LATE = 2000;
/** Of eight accesses, those before which a search looks whether it has been in this state: a look costs about as much as some steps. */
const LOOKS = 4;

/** A program on a machine. You can run it again and again from the state after its setup. */
export class Runner {
  readonly machine: Machine;
  readonly cpus: number;
  /** Sees all accesses, and finds the races on plain ones. */
  net: RaceNet | undefined;
  /** Called when an execution begins. */
  onBegin: (() => void) | undefined;
  /** True while every marked access is a step, not only those to contended words. */
  everyAccess = false;
  /** Steps of a replay, at most. Every access is one there, and a search counts decisions only, which are far fewer. */
  replaySteps = 1_000_000;
  readonly program: Program;
  readonly #spin: SpinWatch;
  readonly #naps: Naps;
  readonly #scene: MachineScene;
  readonly #states: FinalStates;
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
    woken: 0,
    idle: 0,
    ended: 0,
  };
  /** The state before the last decision is to be marked: no fiber may run on. */
  #wantsMark = false;
  /** The strategy, while executions end where everything has been tried; and those states. */
  #merging: Retracing | undefined;
  #seen: SeenStates | undefined;
  /** The state before the next decision is to be looked at; `#counts`: see `#ask`. */
  #looks = false;
  #counts = false;
  /** This execution has come to such a state. */
  #merged = false;
  readonly #print = new Print();
  /** Words that are contended, as a late execution has shown, and that this pass leaves alone. */
  readonly #growth = new Set<number>();
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
    this.#naps = new Naps(machine, program.daemons ?? 0);
    this.#marks = new Marks(machine, this.#spin, this.#naps);
    this.#scene = new MachineScene(machine);
    this.#states = new FinalStates(machine, program);
    try {
      const records = program.prepare(machine);
      this.#scene.begin();
      records.forEach((operations, cpu) => {
        machine.load(cpu, operations);
      });
    } catch (error) {
      this.#broken = symptomOf(machine, error, 0);
    }
    machine.save();
  }

  /** Final states that were judged and are good. */
  get judged(): Set<bigint> {
    return this.#states.judged;
  }

  /** By CPU: how many records it had done before the execution. */
  get first(): readonly number[] {
    return this.#scene.first;
  }

  /** The access that a CPU makes next; undefined for one that is done. */
  pending(cpu: number): Access | undefined {
    return this.#scene.pending(cpu);
  }

  /**
   * Executes the program once by the strategy's decisions. Throws only errors of the strategy or the host; an error of
   * the engine is a finding.
   */
  execute(strategy: Strategy, maxSteps = MAX_STEPS): Execution {
    this.#marks.clear();
    this.#retracing = this.#merging = undefined;
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
    this.#abandoned = this.#merged = this.#looks = false;
    this.#symptom = undefined;
    const symptom =
      this.#schedule(this.#begin()) ?? (this.#abandoned ? undefined : this.#states.judge(this.first));
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
    const { executions: most = Number.POSITIVE_INFINITY, maxSteps, onExecution } = options;
    const { fromStart = false, merges = false } = options;
    const { monitor, model } = this.machine;
    const isWeak = model.plainStore !== undefined;
    const started = performance.now();
    const total = { executions: 0, merged: 0, repeated: 0, abandoned: 0, steps: 0 };
    const result = (complete: boolean, finding?: Finding): ExploreResult => {
      return { ...total, complete, finding, seconds: (performance.now() - started) / 1000 };
    };
    let strategy = make();
    let contended = monitor.contended;
    /** With new contended words that wait: the executions of this pass after which the next one begins. */
    let goesOnTo = 0;
    const startOver = (): void => {
      for (const at of this.#growth) monitor.contend(at);
      this.#growth.clear();
      contended = monitor.contended;
      total.repeated += total.executions;
      total.executions = total.merged = 0;
      strategy = make();
      this.#seen = undefined;
    };
    this.#growth.clear();
    this.#marks.clear();
    this.#seen = this.#merging = undefined;
    if (this.net !== undefined) this.net.prints = merges;
    while (total.executions + total.repeated < most) {
      if (!strategy.begin()) {
        if (this.#growth.size === 0) return result(true);
        startOver();
        continue;
      }
      if (merges) this.#beginToMerge(strategy);
      this.#retracing = !fromStart && this.#mayGoBack && retraces(strategy) ? strategy : undefined;
      if (this.#retracing === undefined) this.#marks.clear();
      const execution = this.#run(strategy, maxSteps ?? MAX_STEPS);
      const foreign = strategy.isForeign === true;
      if (!foreign) {
        total[execution.abandoned && !this.#merged ? "abandoned" : "executions"]++;
        if (this.#merged) total.merged++;
        total.steps += execution.decisions.length;
      }
      const grew = monitor.contended !== contended;
      this.net?.end(!grew);
      const stop = onExecution?.(execution, total.executions + total.repeated - 1) === true;
      // A weak model did not hear of the accesses to a word, a lock's for example, before it was contended. So it may
      // have shown what they forbid. A search that starts over finds it again if it is true.
      const counts = !foreign && !(grew && isWeak);
      if (stop || (execution.finding !== undefined && counts)) return result(false, execution.finding);
      const ends = this.#growth.size > 0 && total.executions >= goesOnTo;
      if (!grew && !ends) continue;
      this.#marks.clear();
      contended = monitor.contended;
      if (!strategy.exhaustive) continue;
      if (isWeak && grew && !ends && total.executions > LATE) {
        if (this.#growth.size === 0) goesOnTo = 2 * total.executions;
        monitor.takeGrowth(this.#growth);
        contended = monitor.contended;
        continue;
      }
      startOver();
    }
    for (const at of this.#growth) monitor.contend(at);
    return result(false);
  }

  /** The next execution of a search ends where it comes to a state of which everything has been tried. */
  #beginToMerge(strategy: Strategy): void {
    this.#merging = retraces(strategy) && this.machine.prints ? strategy : undefined;
    if (this.#merging === undefined) return;
    this.#seen ??= new SeenStates();
    this.#seen.begin(this.#merging.shared);
  }

  /**
   * Whether the execution is to pause for a look at its state, before the next decision. Other ways come to the same state
   * at the same access, so that the access says whether to look: at some of them, and wherever a CPU is done.
   */
  #wantsState(current: number): boolean {
    const strategy = this.#merging;
    if (strategy === undefined || current < 0 || strategy.answers <= strategy.shared || !this.#spin.isCalm)
      return false;
    const { state, access } = this.machine.fibers[current] as Fiber;
    return state === "done" || Math.imul(access.at + access.place, 0x9e37_79b1) >>> 29 < LOOKS;
  }

  /** All fibers stand still: goes on, unless everything behind this state has been tried. `current` made the last step. */
  #meet(current: number): void {
    const [strategy, seen] = [this.#merging, this.#seen];
    this.#looks = false;
    if (strategy === undefined || seen === undefined) return;
    const print = this.#print.begin(0);
    const canGoOn = ((this.machine.runnable() & ~this.#spin.spinning) >>> current) & 1;
    print.put(canGoOn === 1 ? current : -1).put(this.#spin.spinning);
    this.#naps.print(print);
    this.machine.print(print);
    this.net?.print(print);
    const { preemptions, stale, answers } = strategy;
    if (seen.meet(print.a, print.b, preemptions, stale, answers)) {
      this.#next = ABANDON;
      this.#abandoned = this.#merged = true;
    } else this.#ask(current, this.#counts);
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
    this.#naps.begin();
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
        if (this.#looks) this.#meet(cpu);
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
    if (this.#wantsState(current)) {
      this.#looks = true;
      this.#counts = counts;
    } else this.#ask(current, counts);
  }

  /** The same, once nothing else stops the CPU; `counts`: the step counts for those that repeat themselves. */
  #ask(current: number, counts: boolean): void {
    const { machine } = this;
    this.#next = ABANDON;
    let runnable = machine.runnable() & ~this.#spin.spinning;
    const passes = runnable === 0;
    if (passes) runnable = this.#naps.pass();
    if (runnable === 0) {
      const stuck = machine.fibers.filter(({ state }) => state !== "done");
      if (stuck.length > 0) this.#symptom = stuckSymptom(this.#spin.spinning);
      this.#strategy?.end?.(this.#scene);
      return;
    }
    if (this.#decisions.length >= this.#maxSteps) {
      this.#symptom = boundSymptom(this.#maxSteps);
      return;
    }
    this.#next = (this.#strategy as Strategy).next(this.#scene, runnable, current);
    // To set the length of an empty array takes time, too.
    if (machine.plain.length > 0) machine.plain.length = 0;
    if (this.#next === ABANDON) {
      this.#abandoned = true;
      return;
    }
    this.#note(current);
    if (passes) this.#naps.chose(this.#next);
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
    this.#naps.state(here);
    this.#wantsMark = true;
  }
}
