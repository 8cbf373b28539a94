/** One row of an exploration: a race in a protocol, under one strategy, to the end or to its limits. */

import type { Scenario } from "../scenario/race.js";
import { Layout } from "../wasm/layout.js";
import type { Execution } from "./execution.js";
import type { Finding } from "./finding.js";
import { learn } from "./learn.js";
import { Machine } from "./machine.js";
import { factoryOf, type ModelName, WEAKEST } from "./models.js";
import type { RaceNet } from "./net.js";
import { checkDaemons, checkForm, RaceProgram, sizeOf } from "./race-program.js";
import { learnWords, limitReplays, replay } from "./replay.js";
import { contradiction, findingOf, type RunnerIn, raceIn, toldOf } from "./row-finding.js";
import { learnIfLarge, learns, learnsLate } from "./row-learn.js";
import type { BoundedCheck, RowFinding, RowProgress, RowReport } from "./row-report.js";
import { boundsOf, type ExploreSettings, merges, strategyOf } from "./row-settings.js";
import { Runner } from "./run.js";
import type { ExploreOptions, ExploreResult } from "./search.js";
import { shrink } from "./shrink.js";
import { BoundedStrategy } from "./strategy/bounded.js";
import { DporStrategy } from "./strategy/dpor.js";
import type { Strategy } from "./strategy/strategy.js";
import { parseTurns } from "./turns.js";
import { spanNet } from "./watch.js";

export { racesIn, toldOf } from "./row-finding.js";
export type { RowFinding, RowProgress, RowReport } from "./row-report.js";
export { boundsOf, type ExploreSettings } from "./row-settings.js";

/** What a row is about. Plain data, and compiled modules. */
export interface RowTask {
  /** It has an explore form. */
  readonly scenario: Scenario;
  readonly module: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
  readonly settings: ExploreSettings;
}

/** The most executions of dpor without a limit: most rows complete within them, and some would not within a day. */
const REDUCED_EXECUTIONS = 20_000;
/** Executions between two looks at the clock. */
const STRIDE = 256;

/**
 * A program on a machine, for the explore form of a race, or for its form for stress if it has no other. Throws
 * RmapError with exit code 5 when the form is too large.
 */
export function runnerOf(
  { scenario, module, monitor }: Omit<RowTask, "settings">,
  marks = false,
  model: ModelName | typeof WEAKEST = "sc",
): Runner {
  const form = scenario.explore ?? scenario.stress;
  checkForm(form, scenario.file, Layout.of(module));
  checkDaemons(form, scenario.file, marks, model !== "sc");
  const machine = new Machine({ module, monitor, marks, model: factoryOf(model), ...sizeOf(form) });
  return new Runner(machine, new RaceProgram(form));
}

/**
 * Explores a row. `onProgress` is called now and then; when it returns true, the row ends with what it has. `onRunner`
 * is called before the search. `reduction` makes the strategy of dpor. Throws what the module's boot throws.
 */
export function exploreRow(
  task: RowTask,
  onProgress?: (progress: RowProgress) => boolean | undefined,
  onRunner?: (runner: Runner) => void,
  reduction = (cpus: number): Strategy => new DporStrategy(cpus),
): RowReport {
  const { settings } = task;
  if (settings.replay !== undefined) return replayRow(task, settings.replay);
  const isReduced = settings.strategy === "dpor";
  const runner = runnerOf(task, isReduced, settings.weakest === true ? WEAKEST : settings.model);
  const net = spanNet(runner.machine, task.module);
  runner.net = net;
  onRunner?.(runner);
  const started = performance.now();
  let strategy = strategyOf(settings, runner.cpus, reduction);
  const make = (): Strategy => {
    strategy = strategyOf(settings, runner.cpus, reduction);
    return strategy;
  };
  const onExecution = (_execution: Execution, index: number): boolean | undefined => {
    if (onProgress === undefined || index % STRIDE !== 0) return undefined;
    const seconds = (performance.now() - started) / 1000;
    return onProgress({ executions: index, seconds, share: strategy.share });
  };
  const { executions } = settings;
  const limits = { onExecution, merges: merges(settings), ...(executions !== undefined && { executions }) };
  const learnt = learns(settings, runner.cpus) ? learn(runner, boundsOf(settings)) : undefined;
  const isAnswered = settings.weakest === true && learnt !== undefined;
  if (learnsLate(settings) && !learns(settings, runner.cpus)) learnIfLarge(runner, make, settings);
  const most = isReduced ? { executions: REDUCED_EXECUTIONS, ...limits } : limits;
  const result = runner.explore(make, isAnswered ? { ...limits, executions: 0 } : most);
  const check =
    isReduced && result.finding === undefined ? checkReduced(runner, settings, result, limits) : undefined;
  const finding = result.finding ?? learnt ?? check?.finding;
  const found =
    settings.weakest === true
      ? undefined
      : foundOf(runner, net, finding, task, (model) => runnerOf(task, false, model));
  const isClean = finding === undefined && net.races().length === 0 && runner.machine.model.clipped !== true;
  // A search that was cut short says how many it ran, the passes before the last one included.
  const cut = !result.complete && result.finding === undefined;
  return {
    executions: cut ? result.executions + result.repeated : result.executions,
    repeated: result.repeated,
    abandoned: result.abandoned,
    steps: result.steps,
    seconds: result.seconds,
    complete: result.complete && (settings.weakest !== true || isClean),
    contended: runner.machine.monitor.contended,
    words: runner.machine.monitor.contendedHash,
    ...(settings.part && strategy instanceof BoundedStrategy && { trunk: strategy.trunk }),
    ...(check && { checked: check.checked }),
    states: runner.judged.size,
    races: net.races().map(({ message }) => message),
    found: found !== undefined && check?.contradicts ? contradiction(found) : found,
  };
}

/** What a row reports: its finding with its story, or else the first race on plain accesses. */
function foundOf(
  runner: Runner,
  net: RaceNet,
  finding: Finding | undefined,
  { module, settings }: RowTask,
  runnerIn: RunnerIn,
): RowFinding | undefined {
  return finding === undefined ? raceIn(net, settings.model) : toldOf(runner, finding, module, runnerIn);
}

/** Explores a row with bounded search, in which reduction found nothing. */
function checkReduced(
  runner: Runner,
  { preemptions }: ExploreSettings,
  reduced: ExploreResult,
  limits: ExploreOptions,
) {
  const { executions, complete, finding } = runner.explore(() => new BoundedStrategy(preemptions), limits);
  const checked: BoundedCheck = { preemptions, executions, complete };
  return { checked, finding, contradicts: reduced.complete && finding !== undefined };
}

/** Runs one schedule again, and tells its finding. Throws a UsageError when the string does not fit the race. */
function replayRow({ module, ...task }: RowTask, text: string): RowReport {
  const turns = parseTurns(text);
  const runner = runnerOf({ module, ...task }, false, task.settings.model);
  const started = performance.now();
  learnWords(runner, turns);
  const execution = replay(runner, turns);
  limitReplays(runner, execution);
  const { finding, decisions } = execution;
  return {
    ...{ executions: 1, repeated: 0, abandoned: 0, steps: decisions.length, complete: false },
    ...{ contended: runner.machine.monitor.contended, states: runner.judged.size },
    words: runner.machine.monitor.contendedHash,
    seconds: (performance.now() - started) / 1000,
    races: [],
    found:
      finding &&
      findingOf(runner, shrink(runner, turns, finding) ?? { turns, finding }, module, (model) =>
        runnerOf({ module, ...task }, false, model),
      ),
  };
}
