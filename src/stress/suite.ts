/**
 * Selects the rows, compares each with its expected result, and gives the result in the form of
 * `schemas/stress.json`.
 */
import type { RanDeclaration } from "../build/counted.js";
import { rowArguments } from "../scenario/command-line.js";
import { naming } from "../scenario/compile.js";
import type { Scenario } from "../scenario/race.js";
import { MAINLINE, type Variant, verdictOf } from "../scenario/variant.js";
import { type Expected, isNamed, type Verdict } from "../scenario/verdict.js";
import { compileVariant } from "./compile.js";
import type { Finding } from "./finding.js";
import type { RowReport } from "./row.js";
import { runRowInThread, type ThreadRowOptions } from "./row-thread.js";

/** A row to run. */
export interface StressRow {
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly verdict: Verdict;
}

/** The commands that may show a finding again. */
interface FoundAgain {
  /** The same row; the threads do as they like, so that it may find something else. */
  readonly replay: string;
  /** Every interleaving of a smaller form of the race: what it finds, it finds each time. */
  readonly explore?: string;
}

/** A row's result in the printed form. */
export interface StressResult {
  readonly scenario: string;
  readonly variant: string;
  readonly cpus: number;
  /** Seconds until the finding, or of the whole row. */
  readonly seconds: number;
  readonly rounds: number;
  readonly operations: number;
  readonly seed: number;
  readonly expected: Expected;
  /** For an expected bug: its possible findings. */
  readonly by?: readonly string[];
  readonly found: null | (Finding & FoundAgain);
  readonly asExpected: boolean;
  /** What ran of the declarations of a folder of yours. */
  readonly changed?: readonly RanDeclaration[];
  /** The row's number in the whole run, from 1 on, where the run is a shard. */
  readonly row?: number;
}

/** The options of a row. */
export type StressSettings = Pick<
  ThreadRowOptions,
  "cpus" | "seconds" | "rounds" | "seed" | "onProgress" | "using"
>;

/** The expected result without a verdict: mainline and a user's own variant are clean. */
const CLEAN: Verdict = { expected: "clean", why: "No bug is known." };

/**
 * The rows of a variant: the given races, or without any those that it has verdicts on, and those that lie in its
 * folder. For mainline and for a user's own folder: all.
 */
export function rowsOf(
  variant: Variant,
  all: readonly Scenario[],
  asked: readonly Scenario[] = [],
): StressRow[] {
  const everywhere = variant === MAINLINE || variant.foreign;
  const own = [...all.filter((scenario) => everywhere || verdictOf(variant, scenario)), ...variant.races];
  return (asked.length > 0 ? asked : own)
    .filter(
      (scenario) =>
        scenario.notOnMainline === undefined ||
        verdictOf(variant, scenario) !== undefined ||
        variant.races.includes(scenario) ||
        (asked.length > 0 && variant !== MAINLINE),
    )
    .map((scenario) => ({ scenario, variant, verdict: verdictOf(variant, scenario) ?? CLEAN }));
}

/**
 * Runs one row, in a thread of its own. Throws as `compileRowVariant` and `runRowInThread` do; the message names the
 * variant's folder.
 */
export async function runStressRow(row: StressRow, settings: StressSettings): Promise<StressResult> {
  const { scenario, variant } = row;
  const module = await compileRowVariant(variant);
  try {
    const report = await runRowInThread({ ...settings, scenario, module });
    return resultOf(row, settings, report);
  } catch (error) {
    throw naming(variant, error);
  }
}

/** The module for the rows of a variant. Throws as `compileVariant` does; the message names the variant's folder. */
export async function compileRowVariant(variant: Variant): Promise<WebAssembly.Module> {
  try {
    return await compileVariant(variant);
  } catch (error) {
    throw naming(variant, error);
  }
}

function resultOf(
  { scenario, variant, verdict }: StressRow,
  settings: StressSettings,
  report: RowReport,
): StressResult {
  const { finding, cpus, rounds, operations } = report;
  const { seed } = settings;
  const row = rowArguments(scenario, variant);
  const replay = `rmap stress ${row} --cpus ${cpus} --seed ${seed}`;
  const explore = scenario.explore === undefined ? {} : { explore: `rmap explore ${row}` };
  const asExpected =
    verdict.expected === "bug"
      ? finding !== undefined && isNamed(finding, verdict.by)
      : finding === undefined;
  return {
    ...{ scenario: scenario.name, variant: variant.name, cpus, rounds, operations, seed },
    seconds: Math.round(report.seconds * 1000) / 1000,
    expected: verdict.expected,
    ...(verdict.by && { by: verdict.by }),
    found: finding ? { ...finding, replay, ...explore } : null,
    asExpected,
    ...(report.changed && { changed: report.changed }),
  };
}
