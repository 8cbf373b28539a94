/** Explores a race in a worker thread, for programs in Node and in pages. `rmap explore` does the same for many races. */
import { EnvironmentError, UsageError } from "../errors.js";
import { exploreNodeWorker, exploreWebWorker } from "../explore-files.js";
import { isNode } from "../platform/host.js";
import { revivedError } from "../platform/thread-error.js";
import type { Scenario } from "../scenario/race.js";
import { parseRace } from "../scenario/race-file.js";
import { type Abortable, mustGoOn } from "../text/abort.js";
import { oneOf, show, wholeNumber } from "../text/arguments.js";
import { loadModel } from "./model-module.js";
import { ENGINE_MODELS } from "./models.js";
import { loadMonitor } from "./monitor.js";
import { type ExploreSettings, type RowProgress, type RowReport, type RowTask, STRATEGIES } from "./row.js";
import type { ThreadMessage } from "./row-thread.js";

/** How to explore. */
export interface ExploreRaceOptions extends Partial<Omit<ExploreSettings, "learn" | "part">> {
  /** The model build to explore: one that you compiled with your overlay. Default: the package's own. */
  readonly module?: WebAssembly.Module;
  /** Aborting it ends the worker thread at once. */
  readonly signal?: Abortable;
  /** Called a few times a second. */
  readonly onProgress?: (progress: RowProgress) => void;
}

/** The most of each number. */
const MOST = 2 ** 31;

/**
 * Explores every interleaving of a race within the bounds: by default all with at most two preemptions, under sequential
 * consistency. `race` is a scenario, or the text of a `.race` file. Throws InputError for a text that is no race,
 * UsageError for options that make no sense, EnvironmentError when the model build or a worker is missing, and the
 * signal's reason.
 */
export async function explore(race: Scenario | string, options: ExploreRaceOptions = {}): Promise<RowReport> {
  const { module, signal, onProgress, ...given } = options;
  mustGoOn(signal);
  const scenario = typeof race === "string" ? parseRace(race, { file: "(text)", name: "race" }) : race;
  const settings = settingsOf(given);
  const monitor = await loadMonitor();
  const task = { scenario, module: module ?? (await loadModel()), monitor, settings };
  mustGoOn(signal);
  return run(task, signal, onProgress);
}

/** Checked, and complete. */
function settingsOf(given: Partial<ExploreSettings>): ExploreSettings {
  const { strategy = "bounded", model = "sc", preemptions = 2, seed = 1, ...rest } = given;
  const { stale, executions, replay } = rest;
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
type Fail = (why: string) => void;

function run(task: RowTask, signal?: Abortable, onProgress?: (progress: RowProgress) => void) {
  return new Promise<RowReport>((resolve, reject) => {
    const stop = () => settle(() => reject(signal?.reason));
    const hear: Hear = (message) => {
      if (message.kind === "progress") onProgress?.(message.progress);
      if (message.kind === "report") settle(() => resolve(message.report));
      if (message.kind === "error") settle(() => reject(revivedError(message.error)));
    };
    const fail: Fail = (why) =>
      settle(() => reject(new EnvironmentError(`the exploring thread ended without a result${why}`)));
    const worker = isNode ? nodeExplorer(hear, fail) : webExplorer(hear, fail);
    const settle = (how: () => void) => {
      signal?.removeEventListener("abort", stop);
      worker.end();
      how();
    };
    signal?.addEventListener("abort", stop);
    worker.post(task);
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
  worker.addEventListener("error", (event) => fail(`: ${event.message || "its script does not load"}`));
  return { post: (task) => worker.postMessage(task), end: () => worker.terminate() };
}
