/** One race on a machine that lives on: after its setup it is run again and again, in random schedules. */

import type { Access } from "../../explore/access.js";
import { isWeak, type ModelName } from "../../explore/models.js";
import type { RaceNet } from "../../explore/net.js";
import { type RowFinding, racesIn, runnerOf } from "../../explore/row.js";
import type { Runner } from "../../explore/run.js";
import { RandomStrategy } from "../../explore/strategy/random.js";
import type { Strategy } from "../../explore/strategy/strategy.js";
import { SweepStrategy } from "../../explore/strategy/sweep.js";
import { SwitchStrategy } from "../../explore/strategy/switches.js";
import { spanNet } from "../../explore/watch.js";
import type { Scenario } from "../../scenario/race.js";

/** Schedules between two questions whether to go on. */
const STRIDE = 8;

/** What a room needs. */
export interface RoomTask {
  /** It has an explore form. */
  readonly scenario: Scenario;
  readonly module: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
  /** Default: sequentially consistent. In a weak model nobody hears the accesses: in sc plain ones race in as many places. */
  readonly model?: ModelName;
}

/** Which accesses schedules are about. */
export interface Aimed {
  readonly aim?: ((access: Access) => boolean) | undefined;
  /** One CPU stops at each of them in turn, while the others do all that they have left. */
  readonly sweeps?: boolean;
}

/** What is wrong, without its story. */
export type Wrong = Pick<RowFinding, "invariant" | "message">;

/** A booted machine, a race, and the net that hears its accesses. */
export class Room {
  readonly scenario: Scenario;
  readonly runner: Runner;
  /** Steps of all its schedules. */
  steps = 0;
  readonly #net: RaceNet | undefined;

  /** Boots the machine, and runs the setup. Throws as `runnerOf`. */
  constructor(task: RoomTask) {
    this.scenario = task.scenario;
    this.runner = runnerOf(task, false, task.model);
    if (isWeak(task.model ?? "sc")) return;
    this.#net = spanNet(this.runner.machine, task.module);
    this.runner.net = this.#net;
  }

  /** Forgets what it has found, and which final states are good: the engine is another one now. */
  forget(): void {
    this.runner.judged.clear();
    this.#net?.forget();
  }

  /**
   * Runs some schedules, and returns what is wrong: races on plain accesses, and else the first finding. The same seed
   * gives the same schedules. With `aim`, they are those with few preemptions: half of them there, or with `sweeps` each of
   * them there. `goesOn` is asked now and then.
   */
  run(
    seed: number,
    executions: number,
    goesOn: () => boolean = () => true,
    { aim, sweeps = false }: Aimed = {},
  ): readonly Wrong[] {
    const make = (): Strategy => {
      if (aim === undefined) return new RandomStrategy(seed, executions);
      return sweeps
        ? new SweepStrategy(executions, { seed, aim })
        : new SwitchStrategy(seed, { executions, aim });
    };
    const onExecution = (_: unknown, index: number): boolean =>
      (this.#net?.size ?? 0) > 0 || (index % STRIDE === STRIDE - 1 && !goesOn());
    const { finding, steps } = this.runner.explore(make, { executions, onExecution });
    this.steps += steps;
    const races = this.#net === undefined ? [] : racesIn(this.#net);
    return finding === undefined ? races : [finding, ...races];
  }
}
