/** Turns the decisions of an execution into turns that outlive the build, and runs turns again. */

import { UsageError } from "../errors.js";
import { plural } from "../text/numbers.js";
import type { Access } from "./access.js";
import type { Machine } from "./machine.js";
import type { Execution, Runner } from "./run.js";
import { ABANDON, type Scene, type Strategy } from "./strategy/strategy.js";
import type { Turn } from "./turns.js";

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

/**
 * Answers by the decisions of an execution. Every access of the engine is a step here, so those to words that are not
 * contended go on without a decision.
 */
class Decided implements Strategy {
  readonly name = "replay";
  readonly exhaustive = false;
  readonly share = undefined;
  readonly turns: Turn[] = [];
  readonly #machine: Machine;
  readonly #decisions: readonly number[];
  readonly #visits = new Visits();
  #at = 0;

  constructor(machine: Machine, decisions: readonly number[]) {
    this.#machine = machine;
    this.#decisions = decisions;
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
    return 0;
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
  readonly #visits = new Visits();
  #at = 0;

  /** How many turns have begun. */
  get used(): number {
    return Math.min(this.#at + 1, this.#turns.length);
  }

  constructor(machine: Machine, turns: readonly Turn[]) {
    this.#places = machine.places;
    this.#turns = turns;
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

  choose(): number {
    return 0;
  }

  #misfit(why: string): UsageError {
    return new UsageError(
      `the replay string does not fit at its turn ${this.#at + 1}: ${why}`,
      "it belongs to one race and to one protocol; explore again if the protocol has changed",
    );
  }
}

/** The turns of the last execution of an exploration, which it runs again. */
export function turnsOf(runner: Runner, decisions: readonly number[]): Turn[] {
  runner.machine.monitor.forgetGrowth();
  const strategy = new Decided(runner.machine, decisions);
  executeAll(runner, strategy);
  return [...strategy.turns, { cpu: decisions.at(-1) ?? 0 }];
}

/** An execution by turns. */
export interface Replayed extends Execution {
  /** How many turns it came to: a finding may end it before the last one. */
  readonly used: number;
}

/** Runs turns again. Throws a UsageError when they do not fit the program. */
export function replay(runner: Runner, turns: readonly Turn[]): Replayed {
  const strategy = new Turning(runner.machine, turns);
  const execution = executeAll(runner, strategy);
  return { ...execution, used: strategy.used };
}

/** One execution in which every marked access is a step. */
function executeAll(runner: Runner, strategy: Strategy): Execution {
  const { monitor } = runner.machine;
  monitor.passAll(true);
  runner.everyAccess = true;
  try {
    return runner.execute(strategy);
  } finally {
    monitor.passAll(false);
    runner.everyAccess = false;
  }
}
