/** The races of the package on worker CPUs, in the folder's stress build: several at once, each for a short time. */

import type { Scenario } from "../scenario/race.js";
import type { Finding } from "../stress/finding.js";
import { runRowInThread, type ThreadRowOptions } from "../stress/row-thread.js";

/** What ran. */
export interface StressReport {
  readonly rows: number;
  readonly found: null | { readonly scenario: Scenario; readonly finding: Finding };
}

/** How to run them. */
export interface StressOptions {
  readonly module: WebAssembly.Module;
  /** The races, those that matter most first. */
  readonly races: readonly Scenario[];
  /** Seconds for all of them. */
  readonly seconds: number;
  /** Races that run at once. */
  readonly atOnce: number;
  readonly seed: number;
  readonly using: NonNullable<ThreadRowOptions["using"]>;
  readonly onRow: (rows: number) => void;
}

/** CPUs of a row: as many as its race has texts, and at least these. */
const CPUS = 2;
/** Seconds of a row, at least and at most. */
const LEAST = 0.3;
const MOST = 5;

/** Runs the races until the seconds are over, or the first one finds something. Throws as `runRowInThread` does. */
export async function stressKnown(options: StressOptions): Promise<StressReport> {
  const { module, races, seconds, atOnce, seed, using, onRow } = options;
  const each = Math.min(MOST, Math.max(LEAST, (seconds * atOnce) / Math.max(1, races.length)));
  const end = performance.now() + seconds * 1000;
  const waiting = [...races];
  let rows = 0;
  let found: StressReport["found"] = null;
  const lane = async (): Promise<void> => {
    while (found === null && performance.now() < end) {
      const scenario = waiting.shift();
      if (scenario === undefined) return;
      const cpus = Math.max(CPUS, scenario.stress.cpus.length);
      const { finding } = await runRowInThread({ scenario, module, cpus, seconds: each, seed, using });
      onRow(++rows);
      if (finding !== undefined) found ??= { scenario, finding };
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, lane));
  return { rows, found };
}
