/** `rmap check`: compiles a folder, lets lanes look for what is wrong with it, and comes to a verdict. */

import { cacheFolder } from "../build/cache-folder.js";
import { compileAll } from "../build/compile-all.js";
import { COVER_SECTION, type CoverSite } from "../build/cover.js";
import { loadMonitor } from "../explore/monitor.js";
import { loadScenarios } from "../scenario/catalogue.js";
import type { Variant } from "../scenario/variant.js";
import { verdictOf } from "../scenario/variant.js";
import { loadModule } from "../wasm/module.js";
import { readJsonSection } from "../wasm/section.js";
import { type ChangedDeclaration, type CheckVerdict, changedOf, verdictFor } from "./changed.js";
import { Diary } from "./diary.js";
import { type AnswerDifference, loadKernelCases } from "./kernel-answers.js";
import type { LaneFinding, LaneProgress, LaneReport, LaneTask, MainlineFault } from "./lane.js";
import { LaneThread } from "./lane-thread.js";

/** How to check. */
export interface CheckOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Threads. */
  readonly lanes: number;
  /** Whether to explore the races of the package. */
  readonly catalogue: boolean;
  /** The most made-up programs and races, besides the seconds: for a run that ends in the same way everywhere. */
  readonly most?: { readonly programs: number; readonly races: number };
}

/** The result of a check, in its printed form. */
export interface CheckResult {
  readonly folder: string;
  readonly seed: number;
  readonly changed: readonly ChangedDeclaration[];
  readonly answers: {
    readonly cases: number;
    readonly agree: number;
    readonly differences: readonly AnswerDifference[];
  };
  /** Null with --no-catalogue. */
  readonly catalogue: null | { readonly races: number; readonly explored: number };
  /** `generated` counts made-up programs and races together. `complete` counts races that were explored to the end. */
  readonly programs: { readonly generated: number; readonly complete: number; readonly races: number };
  readonly executions: number;
  readonly seconds: number;
  readonly verdict: CheckVerdict;
  /** Changed declarations that never ran. */
  readonly notExercised: readonly string[];
  /** What the engine shows without the folder too. */
  readonly mainline: readonly MainlineFault[];
  readonly found: null | Omit<LaneFinding, "events">;
}

/** How far a check is: all lanes together. */
export type CheckProgress = LaneProgress;

/** Shares of the seconds: sequential programs, then known races; made-up races get the rest. */
const PROGRAMS = 0.3;
const CATALOGUE = 0.35;

/** A check. An interrupt disposes of it. */
export class Check {
  readonly #variant: Variant;
  readonly #options: CheckOptions;
  readonly #lanes: LaneThread[] = [];

  constructor(variant: Variant, options: CheckOptions) {
    this.#variant = variant;
    this.#options = options;
  }

  /**
   * Runs it. `onStage` is called when the compilation begins and ends. Throws OverlayError and BuildError for a folder
   * that does not compile, and WatchdogError when a thread hangs and nobody knows in which program.
   */
  async run(
    onProgress: (progress: CheckProgress) => void,
    onCompiled: () => void = () => {},
  ): Promise<CheckResult> {
    const { layers } = this.#variant;
    const overlays = layers.length === 0 ? [] : [layers];
    const [checked, model] = (await Promise.all(
      compileAll(
        ["checked", "model"].map((target) => ({ target, overlays, cover: true })),
        { cache: cacheFolder() },
      ).map(async (engine) => WebAssembly.compile((await engine).wasm as Uint8Array<ArrayBuffer>)),
    )) as [WebAssembly.Module, WebAssembly.Module];
    onCompiled();
    const { lanes, seconds, seed, catalogue, most } = this.#options;
    const monitor = await loadMonitor();
    const cases = await loadKernelCases();
    const known = catalogue ? await this.#knownRaces() : [];
    const mainline = layers.length === 0 ? undefined : await loadMainline();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const tasks = Array.from({ length: lanes }, (_, lane): LaneTask => {
      const mine = <T>(all: readonly T[]) => all.filter((_, at) => at % lanes === lane);
      return {
        ...{ checked, model, monitor, seed, lane, lanes, seconds },
        ...(mainline && { mainline }),
        share: { programs: seconds * PROGRAMS, catalogue: catalogue ? seconds * CATALOGUE : 0 },
        ...(most && { most: { programs: share(most.programs, lanes), races: share(most.races, lanes) } }),
        ...{ answers: mine(cases), catalogue: mine(known), stop, diary: new Diary().buffer },
      };
    });
    const reports = await this.#race(tasks, stop, onProgress);
    const sites = (readJsonSection(checked, COVER_SECTION) ?? []) as readonly CoverSite[];
    return this.#result(reports, sites, known.length);
  }

  /** Ends every thread. */
  async dispose(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.dispose()));
  }

  /** The races that must be clean in the folder. */
  async #knownRaces() {
    const variant = this.#variant;
    return [...(await loadScenarios()), ...variant.races].filter(
      (race) =>
        race.explore !== undefined &&
        race.notOnMainline === undefined &&
        verdictOf(variant, race) === undefined,
    );
  }

  /** Runs all lanes until they end, or one of them finds something. */
  async #race(
    tasks: readonly LaneTask[],
    stop: Int32Array,
    onProgress: (progress: CheckProgress) => void,
  ): Promise<LaneReport[]> {
    const latest: (LaneProgress | undefined)[] = tasks.map(() => undefined);
    const reports: LaneReport[] = [];
    const lanes = tasks.map((task, at) => {
      const lane = new LaneThread(task, (progress) => {
        latest[at] = progress;
        onProgress(together(latest));
      });
      this.#lanes.push(lane);
      return lane;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        for (const lane of lanes) {
          lane.report.then((report) => {
            reports.push(report);
            if (report.found !== null) Atomics.store(stop, 0, 1);
            if (reports.length === lanes.length) resolve();
          }, reject);
        }
      });
    } finally {
      await this.dispose();
    }
    return reports;
  }

  #result(reports: readonly LaneReport[], sites: readonly CoverSite[], races: number): CheckResult {
    const { catalogue, seed } = this.#options;
    const sum = (of: (report: LaneReport) => number) => reports.reduce((all, report) => all + of(report), 0);
    const changed = changedOf(sites, reports);
    const differences = reports.flatMap(({ answers }) => answers.differences);
    const wrong = reports.find(({ found }) => found !== null)?.found ?? answerFinding(differences);
    return {
      ...{ folder: this.#variant.folder, seed, changed },
      answers: {
        ...{
          cases: sum(({ answers }) => answers.cases),
          agree: sum(({ answers }) => answers.agree),
          differences,
        },
      },
      catalogue: catalogue ? { races, explored: sum(({ knownRaces }) => knownRaces) } : null,
      programs: {
        generated: sum((report) => report.programs + report.races),
        complete: sum((report) => report.programs + report.complete),
        races: sum((report) => report.races),
      },
      executions: sum(({ executions }) => executions),
      seconds: Math.round(1000 * Math.max(0, ...reports.map((report) => report.seconds))) / 1000,
      ...verdictFor(wrong !== null, changed, this.#variant.layers.length > 0),
      mainline: reports.flatMap((report) => report.mainline),
      found: wrong === null ? null : withoutEvents(wrong),
    };
  }
}

/** The package's own builds. */
async function loadMainline() {
  const [checked, model] = await Promise.all(
    ["checked", "model"].map((build) =>
      loadModule({ wasmUrl: new URL(`../engine.${build}.wasm`, import.meta.url) }),
    ),
  );
  return checked && model && { checked, model };
}

function share(count: number, lanes: number): number {
  return Math.ceil(count / lanes);
}

/** What all lanes did so far; the stage is that of the one that is least far. */
function together(lanes: readonly (LaneProgress | undefined)[]): CheckProgress {
  const stages: readonly LaneProgress["stage"][] = ["answers", "programs", "known races", "made-up races"];
  const all = lanes.filter((lane) => lane !== undefined);
  const sum = (of: (lane: LaneProgress) => number) => all.reduce((total, lane) => total + of(lane), 0);
  return {
    stage: stages[Math.min(...all.map(({ stage }) => stages.indexOf(stage)))] ?? "answers",
    ...{ programs: sum(({ programs }) => programs), races: sum(({ races }) => races) },
    executions: sum(({ executions }) => executions),
  };
}

/** The kernel's recorded answers show what the folder changes: that is a finding. */
function answerFinding(differences: readonly AnswerDifference[]): LaneFinding | null {
  const [first] = differences;
  if (first === undefined) return null;
  return {
    ...{ by: "answers", invariant: "ANSWER", message: `${first.script}: ${first.text}` },
    ...{ race: null, replay: null, places: [], events: [], known: null },
  };
}

function withoutEvents({ events: _, ...found }: LaneFinding): Omit<LaneFinding, "events"> {
  return found;
}
