/** One row of an exploration: a race in a protocol, under one strategy, to the end or to its limits. */

import type { ChangedDeclaration } from "../build/counted.js";
import type { Scenario } from "../scenario/race.js";
import { MACHINE } from "../scenario/verdict.js";
import { Layout } from "../wasm/layout.js";
import type { Execution } from "./execution.js";
import type { Finding } from "./finding.js";
import { type Explanation, explain, verified } from "./judge/explain.js";
import { learn } from "./learn.js";
import { Machine } from "./machine.js";
import { factoryOf, isWeak, type ModelName, WEAKEST } from "./models.js";
import type { RaceNet } from "./net.js";
import { checkForm, RaceProgram, sizeOf } from "./race-program.js";
import { learnWords, replay, turnsOf } from "./replay.js";
import { Runner } from "./run.js";
import type { ExploreOptions, ExploreResult } from "./search.js";
import { canKeep } from "./seen-states.js";
import { type Shrunk, shrink } from "./shrink.js";
import { type StoryEvent, tellStory } from "./story.js";
import { BoundedStrategy, type Bounds, type Part } from "./strategy/bounded.js";
import { DporStrategy } from "./strategy/dpor.js";
import { PctStrategy } from "./strategy/pct.js";
import { RandomStrategy } from "./strategy/random.js";
import type { Strategy } from "./strategy/strategy.js";
import { strongestOf } from "./strongest.js";
import { parseTurns, printTurns } from "./turns.js";
import { spanNet } from "./watch.js";

/** Strategies by name. */
export const STRATEGIES = ["bounded", "dpor", "pct", "random"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** How to explore. Plain data: it goes to a thread. */
export interface ExploreSettings {
  readonly strategy: StrategyName;
  /** Default: sc. */
  readonly model?: ModelName;
  /** bounded: the most preemptions. */
  readonly preemptions: number;
  /** bounded, in a weak model: the most stale reads. Without it two, and with two of them one preemption less. */
  readonly stale?: number;
  /** pct and random: where the random numbers begin. */
  readonly seed: number;
  /** Run this one schedule instead: a finding's replay string. */
  readonly replay?: string;
  /** Learn the contended words first: for a large row, or one that is split. */
  readonly learn?: boolean;
  /**
   * Explore in the machine that is weaker than lkmm, alpha and pairwise, one of which is `model`. The report says `complete`
   * only if there is nothing to find in any of them; whatever is found is not told.
   */
  readonly weakest?: boolean;
  /** Explore only this part. Not for dpor. */
  readonly part?: Part;
  /** The most executions; without it there is no limit for bounded, and one of its own for each other strategy. */
  readonly executions?: number;
}

/** What a row is about. Plain data, and compiled modules. */
export interface RowTask {
  /** It has an explore form. */
  readonly scenario: Scenario;
  readonly module: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
  readonly settings: ExploreSettings;
}

/** How far a row is. */
export interface RowProgress {
  readonly executions: number;
  readonly seconds: number;
  /** Share that is done, estimated: from 0 to 1; undefined when there is no telling. */
  readonly share: number | undefined;
}

/** The result of a row. */
export interface RowReport {
  readonly executions: number;
  readonly repeated: number;
  readonly abandoned: number;
  readonly steps: number;
  readonly seconds: number;
  /** True when nothing is left to try within the bounds. */
  readonly complete: boolean;
  /** Words that are decisions. */
  readonly contended: number;
  /** A hash of which words those are. */
  readonly words: string;
  /** Of a part of a bounded search: executions that every part ran, to find its way. */
  readonly trunk?: number;
  /** dpor: the same row by bounded search. */
  readonly checked?: BoundedCheck;
  /** Distinct final states. */
  readonly states: number;
  /** Races on plain accesses, each with both places. */
  readonly races: readonly string[];
  /** What of the counted declarations ran; only of a module that counts. */
  readonly changed?: readonly ChangedDeclaration[];
  /** What was found; a race only if there was nothing else. */
  readonly found: RowFinding | undefined;
}

/**
 * The same row by bounded search: it checks a reduction that calls a row clean, and stands in for one that did not come
 * to an end.
 */
export interface BoundedCheck {
  readonly preemptions: number;
  readonly executions: number;
  readonly complete: boolean;
}

/** A finding of a row. */
export interface RowFinding {
  readonly invariant: string;
  readonly code: string;
  readonly message: string;
  /** The turns as text: the replay string. Shrunk: fewer turns do not show it, as far as was tried. */
  readonly replay: string;
  /** One sentence: what is broken, and who did what. */
  readonly conclusion: string;
  /** What the CPUs did, in order; only what matters. */
  readonly events: readonly StoryEvent[];
  readonly positions: readonly string[];
  /** The strongest memory model in which it was found, and in which the string shows it. */
  readonly model: ModelName;
  /** Of a finding of a weak model: what the axioms say, which order is missing, and what closes it. */
  readonly explanation?: Explanation;
}

/** Executions of pct and random without a limit. */
const RANDOM_EXECUTIONS = 10_000;
/** The same of dpor: most rows complete within them, and some would not within a day. */
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
  const machine = new Machine({ module, monitor, marks, model: factoryOf(model), ...sizeOf(form) });
  return new Runner(machine, new RaceProgram(form));
}

/** Stale reads of a bounded search in a weak model. */
const STALE = 2;

/** The bounds of a bounded search. */
export function boundsOf({ model = "sc", preemptions, stale }: ExploreSettings): Bounds {
  if (!isWeak(model)) return { preemptions, stale: 0, together: preemptions };
  if (stale !== undefined) return { preemptions, stale, together: preemptions + stale };
  return { preemptions, stale: STALE, together: Math.max(preemptions, STALE - 1) + 1 };
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

/**
 * Whether a search learns its contended words first. With three CPUs in a weak model most executions would be those of
 * passes that knew too few.
 */
function learns({ learn, strategy, ...settings }: ExploreSettings, cpus: number): boolean {
  if (learn === true) return true;
  if (strategy !== "bounded" || cpus < 3 || !isWeak(settings.model ?? "sc")) return false;
  return boundsOf({ strategy, ...settings }).together > 2;
}

/** Whether a search leaves out what comes behind a state that it has been in: where nobody is to find anything. */
function merges({ weakest, part, ...settings }: ExploreSettings): boolean {
  return weakest === true && part === undefined && canKeep(boundsOf(settings));
}

/**
 * Executions of a weak row after which it counts as large. A search that meets a new contended word starts over. With
 * dozens of words that took ten times as long as the last pass alone.
 */
const LARGE_WEAK = 2000;

/** Whether a search learns its contended words when it turns out to be large. */
function learnsLate({ strategy, model = "sc", executions, part }: ExploreSettings): boolean {
  return strategy === "bounded" && isWeak(model) && executions === undefined && part === undefined;
}

/**
 * Begins a search, and learns the contended words if that does not come to an end soon. What random executions find on the
 * way is left aside: the row is about its bounds.
 */
function learnIfLarge(runner: Runner, make: () => Strategy, settings: ExploreSettings): void {
  const { complete, finding } = runner.explore(make, { executions: LARGE_WEAK, merges: merges(settings) });
  if (!complete && finding === undefined) learn(runner, boundsOf(settings));
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

/** What bounded search finds where reduction has called everything clean: a mistake of the reduction, not of the race. */
function contradiction(told: RowFinding): RowFinding {
  const message = `reduction missed it: ${told.message}`;
  return {
    ...told,
    ...{ invariant: "REDUCTION", code: "REDUCTION", message },
    conclusion: `reduction found nothing, but bounded search did, so do not trust --strategy dpor here; ${told.conclusion}`,
  };
}

/** The first race on plain accesses, as a finding. It needs no replay: it is in every execution that comes to both places. */
function raceIn(net: RaceNet, model: ModelName = "sc"): RowFinding | undefined {
  return racesIn(net, model)[0];
}

/** All races on plain accesses, each as a finding. */
export function racesIn(net: RaceNet, model: ModelName = "sc"): readonly RowFinding[] {
  return net.races().map(({ message }) => ({
    ...{ invariant: "RACE", code: "RACE", message, replay: "" },
    ...{ positions: [], conclusion: message, events: [], model },
  }));
}

/** Makes a runner of the same program with another memory model. */
type RunnerIn = (model: ModelName) => Runner;

/**
 * A finding of the runner's last execution, shrunk and with its story. `runnerIn` lets it try stronger memory models
 * first: the finding is then told in the strongest one that shows it.
 */
export function toldOf(
  runner: Runner,
  finding: Finding,
  module: WebAssembly.Module,
  runnerIn?: RunnerIn,
): RowFinding {
  const turns = turnsOf(runner, finding.decisions, finding.choices);
  const least = shrink(runner, turns, finding) ?? { turns, finding };
  const stronger = runnerIn && strongestOf(runner, least, runnerIn);
  return stronger === undefined
    ? findingOf(runner, least, module, runnerIn)
    : findingOf(stronger.runner, stronger.shrunk, module, runnerIn);
}

/** A finding with its story. A weak model's goes before the axioms, and is explained; without `runnerIn` nothing is tried. */
function findingOf(
  runner: Runner,
  { turns, finding }: Pick<Shrunk, "turns" | "finding">,
  module: WebAssembly.Module,
  runnerIn?: RunnerIn,
): RowFinding {
  const { invariant, code, message, positions } = finding;
  const { conclusion, events, names } = tellStory(runner, turns, module);
  const model = runner.machine.model.name as ModelName;
  const told = { invariant, code, message, positions, replay: printTurns(turns), conclusion, events, model };
  if (!isWeak(model)) return told;
  const explained = explain(runner, turns, module, names);
  const explanation = runnerIn ? verified(explained, runnerIn, turns, finding) : explained.explanation;
  const whole = { ...told, events: withReasons(events, explanation), explanation };
  return explanation.forbiddenBy === null ? whole : mistaken(whole, explanation.forbiddenBy);
}

/** A finding whose execution the axioms of its model forbid: a mistake of the machine that runs the model, not of the race. */
function mistaken(told: RowFinding, axiom: string): RowFinding {
  const why = `the axioms of ${told.model} forbid this execution (${axiom})`;
  return {
    ...told,
    ...{ invariant: MACHINE, code: MACHINE, message: `${why}: ${told.message}` },
    conclusion: `${why}, so the machine that runs ${told.model} is wrong, and this says nothing about the race; ${told.conclusion}`,
  };
}

/** The story with the reason at its last read of an old value, to which the others lead. */
function withReasons(events: readonly StoryEvent[], { because }: Explanation): readonly StoryEvent[] {
  const last = events.findLast(({ stale }) => stale);
  if (last === undefined || because.length === 0) return events;
  return events.map((event) => (event === last ? { ...event, because: because.join("; ") } : event));
}

/** Runs one schedule again, and tells its finding. Throws a UsageError when the string does not fit the race. */
function replayRow({ module, ...task }: RowTask, text: string): RowReport {
  const turns = parseTurns(text);
  const runner = runnerOf({ module, ...task }, false, task.settings.model);
  const started = performance.now();
  learnWords(runner, turns);
  const { finding, decisions } = replay(runner, turns);
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

function strategyOf(
  settings: ExploreSettings,
  cpus: number,
  reduction: (cpus: number) => Strategy,
): Strategy {
  const { strategy, seed, part } = settings;
  const all = settings.executions ?? RANDOM_EXECUTIONS;
  const first = part === undefined ? 0 : Math.floor((part.index * all) / part.of);
  const most = (part === undefined ? all : Math.floor(((part.index + 1) * all) / part.of)) - first;
  switch (strategy) {
    case "bounded":
      return new BoundedStrategy(boundsOf(settings), part);
    case "dpor":
      return reduction(cpus);
    case "pct":
      return new PctStrategy(seed, { executions: most, first });
    case "random":
      return new RandomStrategy(seed, most, first);
  }
}
