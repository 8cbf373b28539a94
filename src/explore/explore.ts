/** Explores a race in a worker thread, for programs in Node and in pages. `rmap explore` does the same for many races. */
import { EnvironmentError, UsageError } from "../errors.js";
import { exploreNodeWorker, exploreWebWorker } from "../explore-files.js";
import { missingScript } from "../platform/beside.js";
import { isNode } from "../platform/host.js";
import { revivedError } from "../platform/thread-error.js";
import type { Scenario } from "../scenario/race.js";
import { parseRace } from "../scenario/race-file.js";
import { type Abortable, mustGoOn, orAborted, signalOf } from "../text/abort.js";
import { callable, oneOf, optionsOf, show, wholeNumber } from "../text/arguments.js";
import { loadModel } from "./model-module.js";
import { ENGINE_MODELS } from "./models.js";
import { loadMonitor } from "./monitor.js";
import type { RowTask } from "./row.js";
import type { RowProgress, RowReport } from "./row-report.js";
import { type ExploreSettings, STRATEGIES } from "./row-settings.js";
import type { ThreadMessage } from "./row-thread.js";

/** How to explore. */
export interface ExploreRaceOptions extends Partial<Omit<ExploreSettings, "learn" | "part" | "weakest">> {
  /** The model build to explore: one that you compiled with your overlay. Default: the package's own. */
  readonly module?: WebAssembly.Module;
  /** Aborting it ends the worker thread at once. */
  readonly signal?: Abortable;
  /** Called a few times a second. */
  readonly onProgress?: (progress: RowProgress) => void;
}

/** Every option, so that we notice a wrong name. */
const OPTION_NAMES = Object.keys({
  strategy: 0,
  model: 0,
  preemptions: 0,
  stale: 0,
  seed: 0,
  replay: 0,
  executions: 0,
  module: 0,
  signal: 0,
  onProgress: 0,
} satisfies Record<keyof ExploreRaceOptions, 0>) as (keyof ExploreRaceOptions)[];

/** The most of each number. */
const MOST = 2 ** 31;

/**
 * Explores every interleaving of a race within the bounds: by default all with at most two preemptions, under sequential
 * consistency. `race` is a scenario, or the text of a `.race` file. Throws InputError for a text that is no race,
 * UsageError for options that make no sense, EnvironmentError when the model build or a worker is missing, the
 * signal's reason, and what `onProgress` throws.
 */
export async function explore(race: Scenario | string, options?: ExploreRaceOptions): Promise<RowReport> {
  const { module, onProgress, ...given } = optionsOf("explore", options, OPTION_NAMES);
  const signal = signalOf("explore", given.signal);
  mustGoOn(signal);
  if (onProgress !== undefined) callable("explore: onProgress", onProgress);
  if (module !== undefined && !(module instanceof WebAssembly.Module))
    throw new UsageError(`explore: module must be a WebAssembly.Module, not ${show(module)}`);
  const scenario = scenarioOf(race);
  const settings = settingsOf(given);
  const monitor = await orAborted(signal, loadMonitor());
  const task = {
    scenario,
    module: module ?? (await orAborted(signal, loadModel())),
    monitor,
    settings,
  };
  return run(task, signal, onProgress);
}

/** Parsed, and plain data. Throws InputError for a text that is no race, and UsageError for what is neither. */
function scenarioOf(race: unknown): Scenario {
  if (typeof race === "string") return parseRace(race, { file: "(text)", name: "race" });
  const { name, stress } = (race ?? {}) as Partial<Scenario>;
  if (typeof name === "string" && Array.isArray(stress?.cpus)) return race as Scenario;
  throw new UsageError(
    `explore: the race must be a scenario or the text of one, not ${show(race)}`,
    "bundledScenarios() and parseRace() of rmap-engine/scenarios make scenarios",
  );
}

/** Checked, and complete. */
function settingsOf(given: Partial<ExploreSettings>): ExploreSettings {
  const { strategy = "bounded", model = "sc", preemptions = 2, seed = 1, stale, executions, replay } = given;
  if (replay !== undefined && typeof replay !== "string")
    throw new UsageError(`explore: replay must be a finding's string, not ${show(replay)}`);
  return {
    strategy: oneOf("explore: the strategy", strategy, STRATEGIES),
    model: oneOf("explore: the model", model, ENGINE_MODELS),
    preemptions: wholeNumber("explore: preemptions", preemptions, { high: MOST }),
    seed: wholeNumber("explore: the seed", seed, { high: MOST }),
    ...(stale !== undefined && { stale: wholeNumber("explore: stale", stale, { high: MOST }) }),
    ...(executions !== undefined && {
      executions: wholeNumber("explore: executions", executions, { low: 1, high: MOST }),
    }),
    ...(replay !== undefined && { replay }),
  };
}

/** A worker thread, as far as this needs it. */
interface Explorer {
  post(task: RowTask): void;
  end(): void;
}

type Hear = (message: ThreadMessage) => void;
type Fail = (why: string, hint?: string) => void;

function run(task: RowTask, signal?: Abortable, onProgress?: (progress: RowProgress) => void) {
  return new Promise<RowReport>((resolve, reject) => {
    let over = false;
    const stop = () => settle(() => reject(signal?.reason));
    const hear: Hear = (message) => {
      if (message.kind === "progress") tell(message.progress);
      if (message.kind === "report") settle(() => resolve(message.report));
      if (message.kind === "error") settle(() => reject(revivedError(message.error)));
    };
    const tell = (progress: RowProgress) => {
      try {
        if (!over) onProgress?.(progress);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const fail: Fail = (why, hint) =>
      settle(() => reject(new EnvironmentError(`the exploring thread ended without a result${why}`, hint)));
    const worker = isNode ? nodeExplorer(hear, fail) : webExplorer(hear, fail);
    const settle = (how: () => void) => {
      if (over) return;
      over = true;
      signal?.removeEventListener("abort", stop);
      // First the result: some platforms report the end of a thread within the call that ends it.
      how();
      worker.end();
    };
    if (signal?.aborted) return stop();
    signal?.addEventListener("abort", stop);
    try {
      worker.post(task);
    } catch (error) {
      settle(() =>
        reject(new UsageError(`explore: the race is not plain data: ${(error as Error).message}`)),
      );
    }
  });
}

function nodeExplorer(hear: Hear, fail: Fail): Explorer {
  const worker = exploreNodeWorker("rmap-explore");
  worker.on("message", hear);
  worker.on("error", (error) => fail(`: ${error instanceof Error ? error.message : String(error)}`));
  worker.on("exit", () => fail(""));
  return { post: (task) => worker.postMessage(task), end: () => void worker.terminate() };
}

function webExplorer(hear: Hear, fail: Fail): Explorer {
  const worker = exploreWebWorker("rmap-explore");
  worker.addEventListener("message", (event: MessageEvent<ThreadMessage>) => hear(event.data));
  worker.addEventListener("error", (event) => {
    if (event.message) fail(`: ${event.message}`);
    else fail(": its script does not load", missingScript("explore-worker.js"));
  });
  return { post: (task) => worker.postMessage(task), end: () => worker.terminate() };
}
