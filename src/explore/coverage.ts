/** What of the counted declarations ran in a row, and what another CPU met: for a module that was built to count. */

import { type ChangedDeclaration, changedOf } from "../build/counted.js";
import { COVER_SECTION, type CoverSite } from "../build/cover.js";
import { readJsonSection } from "../wasm/section.js";
import { Counters } from "./counters.js";
import { type Overlaps, watchOverlaps } from "./overlaps.js";
import type { Runner } from "./run.js";

/** Executions in which meetings are counted: counting them costs as much as the race itself. */
const SAMPLE = 2048;

/** Counts in one row. */
export class Coverage {
  readonly #runner: Runner;
  readonly #module: WebAssembly.Module;
  readonly #overlaps: Overlaps;
  #left = SAMPLE;

  private constructor(runner: Runner, module: WebAssembly.Module) {
    this.#runner = runner;
    this.#module = module;
    const { machine } = runner;
    const { observer } = machine;
    this.#overlaps = watchOverlaps(runner, module);
    const begin = runner.onBegin;
    runner.onBegin = () => {
      if (this.#left-- > 0) begin?.();
      else {
        machine.observer = observer;
        machine.onArrive = undefined;
        runner.onBegin = undefined;
      }
    };
  }

  /** Begins to count; undefined for a module that does not. */
  static of(runner: Runner, module: WebAssembly.Module): Coverage | undefined {
    const sites = readJsonSection(module, COVER_SECTION) ?? undefined;
    return sites === undefined ? undefined : new Coverage(runner, module);
  }

  /** What ran so far. */
  get changed(): ChangedDeclaration[] {
    const counters = new Counters(this.#module, this.#runner.machine.exports);
    const sites = counters.sites as readonly CoverSite[];
    return changedOf(sites, [
      { runs: sites.map((_, site) => counters.count(site)), overlaps: this.#overlaps.counts },
    ]);
  }
}
