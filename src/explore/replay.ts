/** Turns the decisions of an execution into turns that outlive the build, and runs turns again. */

import { UsageError } from "../errors.js";
import { plural } from "../text/numbers.js";
import type { Access } from "./access.js";
import type { Execution } from "./execution.js";
import type { Finding } from "./finding.js";
import type { Machine } from "./machine.js";
import type { Runner } from "./run.js";
import { BoundedStrategy } from "./strategy/bounded.js";
import { ABANDON, type Scene, type Strategy } from "./strategy/strategy.js";
import { isDeviation, type Turn } from "./turns.js";

/** Counts how often each CPU came to each place. */
class Visits {
  readonly #counts = new Map<number, number>();

  /** One more visit; returns how many there are. */
  add(cpu: number, place: number): number {
    const key = place * 8 + cpu;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

/** Counts how often each CPU was asked at each place for what the memory model leaves open. */
class Questions {
  readonly #machine: Machine;
  readonly #counts = new Map<string, number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** One more question: who is asked, where, and for which time. */
  next(): { readonly cpu: number; readonly place: string; readonly occurrence: number } {
    const { cpu, place } = this.#machine.chooser;
    const key = `${cpu} ${place}`;
    const occurrence = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, occurrence);
    return { cpu, place, occurrence };
  }
}

/**
 * Answers by the decisions of an execution. Every access of the engine is a step here, so those to words that are not
 * contended go on without a decision.
 */
class Decided implements Strategy {
  readonly name = "replay";
  readonly exhaustive = false;
  readonly share = undefined;
  readonly turns: Turn[] = [];
  readonly deviations: Turn[] = [];
  readonly #machine: Machine;
  readonly #decisions: readonly number[];
  readonly #choices: readonly number[];
  readonly #visits = new Visits();
  readonly #questions: Questions;
  #at = 0;
  #asked = 0;

  constructor(machine: Machine, decisions: readonly number[], choices: readonly number[]) {
    this.#machine = machine;
    this.#decisions = decisions;
    this.#choices = choices;
    this.#questions = new Questions(machine);
  }

  begin(): boolean {
    return true;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const access = current < 0 ? undefined : scene.pending(current);
    const occurrence = access === undefined ? 0 : this.#visits.add(current, access.place);
    const canGoOn = ((runnable >>> current) & 1) === 1;
    if (access !== undefined && canGoOn && !this.#machine.monitor.wasDecision) return current;
    const cpu = this.#decisions[this.#at++] ?? ABANDON;
    if (cpu !== current && current >= 0) this.turns.push(this.#turn(current, access, occurrence, canGoOn));
    return cpu;
  }

  choose(): number {
    const choice = this.#choices[this.#asked++] ?? 0;
    const question = this.#questions.next();
    if (choice !== 0) this.deviations.push({ ...question, choice });
    return choice;
  }

  #turn(cpu: number, access: Access | undefined, occurrence: number, canGoOn: boolean): Turn {
    if (access === undefined || !canGoOn) return { cpu };
    return { cpu, place: this.#machine.places[access.place] ?? "?", occurrence };
  }
}

/** Answers by turns. */
class Turning implements Strategy {
  readonly name = "replay";
  readonly exhaustive = false;
  readonly share = undefined;
  readonly #places: readonly string[];
  readonly #turns: readonly Turn[];
  readonly #choices: Strategy | undefined;
  /** The choices that the string names, by place, CPU and occurrence. */
  readonly #answers: ReadonlyMap<string, Turn>;
  readonly #given: Turn[] = [];
  readonly #visits = new Visits();
  readonly #questions: Questions;
  #at = 0;

  /** The turns that have begun, and the deviations that were asked for. */
  get used(): readonly Turn[] {
    return [...this.#turns.slice(0, this.#at + 1), ...this.#given];
  }

  /** `choices` answers the memory model in place of the deviations in `all`. */
  constructor(machine: Machine, all: readonly Turn[], choices?: Strategy) {
    this.#choices = choices;
    const turns = all.filter((turn) => !isDeviation(turn));
    this.#places = machine.places;
    this.#turns = turns;
    this.#questions = new Questions(machine);
    this.#answers = new Map(all.filter(isDeviation).map((turn) => [questionText(turn), turn]));
    for (const { cpu, place } of turns) {
      if (cpu >= machine.cpus)
        throw new UsageError(
          `the replay string has a turn of CPU ${cpu}, but the race has ${plural(machine.cpus, "CPU")}`,
          "it belongs to another race; explore again",
        );
      if (place !== undefined && !this.#places.includes(place))
        throw new UsageError(
          `the engine has no place ${place} any more`,
          "explore again to get a new replay string",
        );
    }
  }

  begin(): boolean {
    return true;
  }

  next(scene: Scene, runnable: number, current: number): number {
    const access = current < 0 ? undefined : scene.pending(current);
    const occurrence = access === undefined ? 0 : this.#visits.add(current, access.place);
    const turn = this.#turns[this.#at];
    const canGoOn = current >= 0 && ((runnable >>> current) & 1) === 1;
    if (current >= 0 && turn !== undefined) {
      const here =
        turn.place === undefined
          ? !canGoOn
          : access !== undefined &&
            this.#places[access.place] === turn.place &&
            occurrence === turn.occurrence;
      if (!here && canGoOn) return current;
      if (!here) throw this.#misfit(`CPU ${current} cannot go on before it comes to ${turn.place}`);
      this.#at++;
    }
    const next = this.#turns[this.#at];
    if (next === undefined) return canGoOn ? current : 31 - Math.clz32(runnable & -runnable);
    if (((runnable >>> next.cpu) & 1) === 0) throw this.#misfit(`CPU ${next.cpu} waits or is done`);
    return next.cpu;
  }

  choose(count: number): number {
    const question = this.#questions.next();
    if (this.#choices !== undefined) {
      const choice = this.#choices.choose(count);
      if (choice !== 0) this.#given.push({ ...question, choice });
      return choice;
    }
    const answer = this.#answers.get(questionText(question));
    if (answer?.choice === undefined) return 0;
    if (answer.choice >= count)
      throw new UsageError(
        `the replay string does not fit: at ${question.place} there are only ${count} choices`,
        "it belongs to one race, one protocol and one memory model; explore again if one of them has changed",
      );
    this.#given.push(answer);
    return answer.choice;
  }

  #misfit(why: string): UsageError {
    return new UsageError(
      `the replay string does not fit at its turn ${this.#at + 1}: ${why}`,
      "it belongs to one race and to one protocol; explore again if the protocol has changed",
    );
  }
}

function questionText({ cpu, place, occurrence }: Turn): string {
  return `${cpu} ${place} ${occurrence}`;
}

/** The turns of the last execution of an exploration, which it runs again; then the deviations of its memory model. */
export function turnsOf(
  runner: Runner,
  decisions: readonly number[],
  choices: readonly number[] = [],
): Turn[] {
  runner.machine.monitor.forgetGrowth();
  const strategy = new Decided(runner.machine, decisions, choices);
  limitReplays(runner, executeAll(runner, strategy));
  return [...strategy.turns, { cpu: decisions.at(-1) ?? 0 }, ...strategy.deviations];
}

/**
 * From here on replays end soon behind the steps of an execution: schedules that are tried to make it smaller, and an execution
 * that never ends. `finding`: how it ended.
 */
export function limitReplays(
  runner: Pick<Runner, "replaySteps">,
  { decisions, finding }: Pick<Execution, "decisions" | "finding">,
): void {
  const steps = finding?.kind === "bound" ? 0 : decisions.length;
  runner.replaySteps = Math.max(LEAST_STEPS, 2 * steps);
}

/** Steps that a replay may have in any case. */
const LEAST_STEPS = 40_000;

/** An execution by turns. */
export interface Replayed extends Execution {
  /** The turns and deviations that it used. A finding may end the execution before the last one. */
  readonly used: readonly Turn[];
}

/** Runs turns again. Throws a UsageError when they do not fit the program. */
export function replay(runner: Runner, turns: readonly Turn[]): Replayed {
  const strategy = new Turning(runner.machine, turns);
  const execution = executeAll(runner, strategy);
  return { ...execution, used: strategy.used };
}

/**
 * Runs turns until the machine knows all words that are contended in them: a weak memory model is asked about no others.
 * A machine that has searched knows them.
 */
export function learnWords(runner: Runner, turns: readonly Turn[]): void {
  const { monitor, model } = runner.machine;
  if (model.plainStore === undefined) return;
  for (let known = -1, rounds = 0; known !== monitor.contended && rounds < MOST_ROUNDS; rounds++) {
    known = monitor.contended;
    try {
      replay(runner, turns);
    } catch (error) {
      // The answers may not fit yet.
      if (!(error instanceof UsageError)) throw error;
    }
  }
}

/** Executions in which all contended words of one schedule show: mostly two are enough. */
const MOST_ROUNDS = 16;

/**
 * Runs turns again with every choice of the memory model, up to so many deviations and so many executions. Returns the
 * first finding of the same kind as `wanted`, with the turns and deviations that show it. Turns that do not fit after a
 * choice are left out.
 */
export function follow(
  runner: Runner,
  turns: readonly Turn[],
  deviations: number,
  executions: number,
  wanted: Finding,
): { readonly turns: readonly Turn[]; readonly finding: Finding } | undefined {
  const { monitor } = runner.machine;
  const make = () => new BoundedStrategy({ preemptions: 0, stale: deviations, together: deviations });
  let choices = make();
  let known = monitor.contended;
  for (let i = 0; i < executions; i++) {
    if (monitor.contended !== known) {
      // Before, nobody was asked about these words.
      choices = make();
      known = monitor.contended;
    }
    if (!choices.begin()) return undefined;
    const strategy = new Turning(runner.machine, turns, choices);
    let finding: Finding | undefined;
    try {
      ({ finding } = executeAll(runner, strategy));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    // What a weak model shows before it has heard of a word's accesses may be what they forbid.
    if (monitor.contended !== known && runner.machine.model.plainStore !== undefined) continue;
    if (finding?.invariant === wanted.invariant && finding.code === wanted.code)
      return { finding, turns: strategy.used };
  }
  return undefined;
}

/** One execution in which every marked access is a step. */
function executeAll(runner: Runner, strategy: Strategy): Execution {
  const { machine } = runner;
  machine.passAll(true);
  runner.everyAccess = true;
  try {
    return runner.execute(strategy, runner.replaySteps);
  } finally {
    machine.passAll(false);
    runner.everyAccess = false;
  }
}
