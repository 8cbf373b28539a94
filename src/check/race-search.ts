/** Explores made-up races, one after the other. */

import { type ExploreSettings, exploreRow, type RowFinding, type RowReport } from "../explore/row.js";
import type { Runner } from "../explore/run.js";
import type { RaceForm } from "../scenario/race.js";
import type { CheckedMachine } from "./checked-machine.js";
import { Dice } from "./dice.js";
import type { Guide } from "./guide.js";
import { makeRace, scenarioOf } from "./races.js";

/** How each race is explored: the most executions of each search. */
const SEARCHES: readonly (Pick<ExploreSettings, "strategy" | "preemptions"> & {
  readonly executions: number;
})[] = [
  { strategy: "bounded", preemptions: 1, executions: 400 },
  { strategy: "pct", preemptions: 2, executions: 60 },
  { strategy: "bounded", preemptions: 2, executions: 1500 },
];
/** One race in so many gets the search of two preemptions too. */
const DEEP = 4;

/** What is compiled: the model build, and the monitor. */
export interface RaceModules {
  readonly module: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
}

/** A race that was found to be wrong. */
export interface FoundRace {
  readonly form: RaceForm;
  readonly settings: ExploreSettings;
  readonly found: RowFinding;
}

export class RaceSearch {
  /** Races that were made up, and those of them whose search came to its end. */
  races = 0;
  complete = 0;
  executions = 0;
  /** Called with each machine before its search, and after it. */
  onRunner: ((runner: Runner) => void) | undefined;
  onEnd: ((runner: Runner) => void) | undefined;
  readonly #modules: RaceModules;
  readonly #machine: CheckedMachine;
  readonly #guide: Guide;
  readonly #seed: number;
  readonly #first: number;
  readonly #step: number;
  #drawn = 0;

  /** `machine` runs the setups; races of a seed: number `first`, and every `step`-th from there on. */
  constructor(
    modules: RaceModules,
    machine: CheckedMachine,
    guide: Guide,
    seed: number,
    first = 0,
    step = 1,
  ) {
    this.#modules = modules;
    this.#machine = machine;
    this.#guide = guide;
    this.#seed = seed ^ 0x5bd1e995;
    this.#first = first;
    this.#step = step;
  }

  /** Makes up a race and explores it; returns it when it is wrong. `onProgress` is called now and then. */
  next(onProgress: () => void): FoundRace | undefined {
    const dice = Dice.ofProgram(this.#seed, this.#first + this.#drawn++ * this.#step);
    const form = makeRace(dice, this.#machine, this.#guide);
    if (form === undefined) return undefined;
    this.races++;
    let complete = true;
    for (const search of SEARCHES.slice(0, dice.once(DEEP) ? 3 : 2)) {
      const settings = { ...search, seed: dice.below(2 ** 31) };
      const report = this.explore(form, settings, onProgress);
      this.executions += report.executions + report.repeated + report.abandoned;
      if (report.found !== undefined) return { form, settings, found: report.found };
      if (search.strategy === "bounded") complete &&= report.complete;
    }
    if (complete) this.complete++;
    return undefined;
  }

  /** Explores a race. */
  explore(form: RaceForm, settings: ExploreSettings, onProgress: () => void): RowReport {
    const scenario = scenarioOf(form, "a made-up race");
    let runner: Runner | undefined;
    const report = exploreRow(
      { ...this.#modules, scenario, settings },
      () => {
        onProgress();
        return undefined;
      },
      (made) => {
        runner = made;
        this.onRunner?.(made);
      },
    );
    if (runner !== undefined) this.onEnd?.(runner);
    return report;
  }
}
