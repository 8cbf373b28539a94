/** Programs that ran changed code, run on the engine as it is too: what ends otherwise there. */

import { type Difference, differenceIn } from "./beside.js";
import type { CheckedMachine } from "./checked-machine.js";
import type { BesideReport } from "./lane-report.js";
import { type Attempt, type Sequential, SHAPES, type ShapeNumber } from "./sequential.js";

/** The part of the programs' time in which they run on the engine as it is too. */
const BESIDE = 0.15;

/** An example, and whether memory was short in it. */
type Example = Difference & { readonly short: boolean };

export class Compared {
  readonly #search: Sequential;
  readonly #mainline: (at: number) => CheckedMachine | undefined;
  readonly #clock: () => number;
  readonly #differences = new Map<string, Example>();
  /** By site: how often it ran for a comparison. */
  readonly #runs: number[] = [];
  #programs = 0;
  #differ = 0;
  #seconds = 0;

  /** `mainline`: the engine as it is, in a shape; undefined where there is nothing to compare with. `clock`: seconds. */
  constructor(search: Sequential, mainline: (at: number) => CheckedMachine | undefined, clock: () => number) {
    this.#search = search;
    this.#mainline = mainline;
    this.#clock = clock;
  }

  /**
   * Compares what a program has done, while that takes a small part of the `seconds` that programs have had so far. Of two
   * examples of a kind it keeps the one in which memory is not short: there, which operation is refused says less.
   */
  look({ ran, machine: at, made, operations }: Attempt, seconds: number): void {
    if (!ran || this.#seconds > BESIDE * seconds) return;
    const [folder, mainline] = [this.#search.machines[at], this.#mainline(at)];
    if (folder === undefined || mainline === undefined) return;
    const began = this.#clock();
    const short = at !== 0 || made.some(({ kind }) => kind === "fail");
    const known = [...this.#differences.values()].filter((one) => short || !one.short);
    const found = differenceIn(folder, mainline, operations, new Set(known.map(({ kind }) => kind)));
    this.#programs++;
    this.#seconds += this.#clock() - began;
    // What this ran is no further program.
    this.#search.counters[at]?.settle((site, runs) => {
      this.#runs[site] = this.runsOf(site) + runs;
    });
    if (found === undefined) return;
    this.#differ++;
    if (found.program === "") return;
    const { frames, swap } = SHAPES[at as ShapeNumber];
    const text = at === 0 ? found.text : `${found.text} (${frames} frames, ${swap} pages of swap)`;
    this.#differences.set(found.kind, { ...found, text, short });
  }

  /** How often a site ran for comparisons: those runs belong to no program. */
  runsOf(site: number): number {
    return this.#runs[site] ?? 0;
  }

  get report(): BesideReport {
    const differences = [...this.#differences.values()].map(({ short: _, ...one }) => one);
    return { programs: this.#programs, differ: this.#differ, differences };
  }
}
