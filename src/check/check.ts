/** `rmap check`: compiles a folder, lets lanes look for what is wrong with it, and comes to a verdict. */

import { compileAll } from "../build/compile-all.js";
import { type ChangedDeclaration, changedOf } from "../build/counted.js";
import { COVER_SECTION, type CoverSite } from "../build/cover.js";
import type { ModelName } from "../explore/models.js";
import { loadMonitor } from "../explore/monitor.js";
import { modelUrl } from "../explore-files.js";
import { checkedUrl } from "../files.js";
import { cacheFolder } from "../platform/cache-folder.js";
import { loadScenarios } from "../scenario/catalogue.js";
import { printRace } from "../scenario/race-print.js";
import type { Shard } from "../scenario/shard.js";
import type { Variant } from "../scenario/variant.js";
import { verdictOf } from "../scenario/variant.js";
import { loadModule } from "../wasm/module.js";
import { readJsonSection } from "../wasm/section.js";
import type { Difference } from "./beside.js";
import { type CheckVerdict, verdictFor } from "./changed.js";
import { Diary } from "./diary.js";
import { type AnswerDifference, loadKernelCases } from "./kernel-answers.js";
import { type StressReport, stressKnown } from "./known-stress.js";
import type { LaneFinding, LaneProgress, LaneReport, MainlineFault } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import { LaneThread } from "./lane-thread.js";
import { allMeetings } from "./meetings/meetings.js";

/** How to check. */
export interface CheckOptions {
  readonly seconds: number;
  /** Count processor time instead: seconds for each thread, on a machine that others use too. Default false. */
  readonly processor?: boolean;
  readonly seed: number;
  /** Threads. */
  readonly lanes: number;
  /** Whether to explore the races of the package. */
  readonly catalogue: boolean;
  /** Weak memory models in which races are explored besides. Default: none. */
  readonly models?: readonly ModelName[];
  /**
   * The most made-up programs and races, and meetings (default: all), besides the seconds: for a run that ends in the same way
   * everywhere.
   */
  readonly most?: { readonly programs: number; readonly races: number; readonly meetings?: number };
  /** Do only this piece of the work: as many pieces, with as many lanes each, do the work of all those lanes. */
  readonly shard?: Shard;
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
    /** Made-up programs that ran on the engine as it is too. A difference there is no finding. */
    readonly mainline: {
      readonly programs: number;
      readonly differ: number;
      /** One for each kind of operation. */
      readonly differences: readonly Pick<Difference, "program" | "text">[];
    };
  };
  /**
   * Null with --no-catalogue. How many of the races were tried, how many were explored because the change met another CPU
   * in them, and how many ran on worker CPUs.
   */
  readonly catalogue: null | {
    readonly races: number;
    readonly tried: number;
    readonly explored: number;
    readonly stressed: number;
  };
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

/** Shares of the seconds: sequential programs, then meetings and known races; made-up races get the rest. */
const PROGRAMS = 0.3;
const MEETINGS = 0.25;
const CATALOGUE = 0.35;
/** And at the end, known races on worker CPUs, where there is a catalogue. */
const STRESS = 0.15;
/** Milliseconds that the lanes have for their results after an interrupt. */
const LAST_WORDS = 2000;

/** A check. An interrupt disposes of it. */
export class Check {
  readonly #variant: Variant;
  readonly #options: CheckOptions;
  readonly #lanes: LaneThread[] = [];
  #began = 0;
  readonly #threads = new Set<{ dispose(): Promise<void> }>();
  /** Not 0: the lanes end as soon as they can. */
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  /** Makes a result of what the lanes have done; undefined while the folder is compiled. */
  #resultOf: ((reports: readonly LaneReport[]) => CheckResult) | undefined;
  #stressed: StressReport = { rows: 0, found: null };
  #isInterrupted = false;

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
    const result = await this.#run(onProgress, onCompiled);
    // Whoever has interrupted it takes the result from `soFar`.
    return this.#isInterrupted ? new Promise(() => {}) : result;
  }

  async #run(onProgress: (progress: CheckProgress) => void, onCompiled: () => void): Promise<CheckResult> {
    const { layers } = this.#variant;
    const overlays = layers.length === 0 ? [] : [layers];
    const { lanes, seconds, processor, seed, catalogue, most, models = [] } = this.#options;
    const { shard = { index: 1, of: 1 } } = this.#options;
    const targets = catalogue ? ["checked", "model", "stress"] : ["checked", "model"];
    const [checked, model, stress] = (await Promise.all(
      compileAll(
        targets.map((target) => ({ target, overlays, cover: target !== "stress" })),
        { cache: cacheFolder() },
      ).map(async (engine) => WebAssembly.compile((await engine).wasm as Uint8Array<ArrayBuffer>)),
    )) as [WebAssembly.Module, WebAssembly.Module, WebAssembly.Module | undefined];
    onCompiled();
    this.#began = performance.now();
    const monitor = await loadMonitor();
    const cases = await loadKernelCases();
    const known = catalogue ? await this.#knownRaces() : [];
    const mainline = layers.length === 0 ? undefined : await loadMainline();
    const all = lanes * shard.of;
    const laneSeconds = catalogue ? seconds * (1 - STRESS) : seconds;
    const tasks = Array.from({ length: lanes }, (_, at): LaneTask => {
      const lane = (shard.index - 1) * lanes + at;
      const mine = <T>(list: readonly T[]) => list.filter((_, at) => at % all === lane);
      return {
        ...{ checked, model, monitor, seed, lane, lanes: all, seconds: laneSeconds },
        ...(mainline && { mainline }),
        ...(processor && { processor: lanes }),
        models,
        share: {
          programs: seconds * PROGRAMS,
          meetings: seconds * MEETINGS,
          catalogue: catalogue ? seconds * CATALOGUE : 0,
        },
        ...(most && { most: { programs: share(most.programs, all), races: share(most.races, all) } }),
        ...{
          answers: mine(cases),
          meetings: mine(allMeetings().slice(0, most?.meetings)),
          catalogue: mine(known),
        },
        ...{ stop: this.#stop, diary: new Diary().buffer },
      };
    });
    const sites = (readJsonSection(checked, COVER_SECTION) ?? []) as readonly CoverSite[];
    const resultOf = (reports: readonly LaneReport[]) => this.#result(reports, sites, known.length);
    this.#resultOf = resultOf;
    const reports = await this.#race(tasks, onProgress);
    if (
      this.#isInterrupted ||
      stress === undefined ||
      reports.some(({ found, answers }) => found !== null || answers.differences.length > 0)
    )
      return resultOf(reports);
    // Another machine takes every other one.
    const reached = new Set(reports.flatMap((report) => report.reached));
    const mine = known.filter((_, at) => at % shard.of === shard.index - 1);
    const races = [
      ...mine.filter(({ name }) => reached.has(name)),
      ...mine.filter(({ name }) => !reached.has(name)),
    ];
    const done = together(reports);
    this.#stressed = await stressKnown({
      ...{ module: stress, races, seconds: seconds * STRESS, atOnce: lanes, seed: seed + shard.index - 1 },
      using: (threads, work) => this.#using(threads, work),
      onRow: () => {
        this.#stressed = { ...this.#stressed, rows: this.#stressed.rows + 1 };
        onProgress({ ...done, stage: "stress" });
      },
    });
    return resultOf(reports);
  }

  /**
   * Interrupts it: the result of what it has done so far, with the verdict `interrupted` if it has found nothing. Undefined
   * while the folder is compiled. From then on `run` gives no result. Dispose of the check afterwards.
   */
  async soFar(): Promise<CheckResult | undefined> {
    if (this.#resultOf === undefined) return undefined;
    this.#isInterrupted = true;
    Atomics.store(this.#stop, 0, 1);
    // A lane that hangs does not answer.
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WORDS);
    });
    await Promise.race([Promise.allSettled(this.#lanes.map(({ report }) => report)), patience]);
    clearTimeout(timer);
    const result = this.#resultOf(this.#lanes.flatMap(({ latest }) => latest ?? []));
    return result.found === null ? { ...result, verdict: "interrupted" } : result;
  }

  /** Runs work with threads that end with the check. */
  async #using<T>(threads: { dispose(): Promise<void> }, work: () => Promise<T>): Promise<T> {
    this.#threads.add(threads);
    try {
      return await work();
    } finally {
      this.#threads.delete(threads);
      await threads.dispose();
    }
  }

  /** Ends every thread. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#lanes, ...this.#threads].map((thread) => thread.dispose()));
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
            if (report.found !== null) Atomics.store(this.#stop, 0, 1);
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
    const stressed = this.#stressed;
    const sum = (of: (report: LaneReport) => number) => reports.reduce((all, report) => all + of(report), 0);
    const changed = changedOf(sites, reports);
    const differences = reports.flatMap(({ answers }) => answers.differences);
    const wrong =
      reports.find(({ found }) => found !== null)?.found ??
      answerFinding(differences) ??
      stressFinding(stressed);
    return {
      ...{ folder: this.#variant.folder, seed, changed },
      answers: {
        ...{
          cases: sum(({ answers }) => answers.cases),
          agree: sum(({ answers }) => answers.agree),
          differences,
        },
        mainline: {
          programs: sum(({ beside }) => beside.programs),
          differ: sum(({ beside }) => beside.differ),
          differences: examplesOf(reports),
        },
      },
      catalogue: catalogue
        ? {
            races,
            tried: sum(({ triedRaces }) => triedRaces),
            explored: sum(({ reached }) => reached.length),
            stressed: stressed.rows,
          }
        : null,
      programs: {
        generated: sum((report) => report.programs + report.races),
        complete: sum((report) => report.programs + report.complete),
        races: sum((report) => report.races),
      },
      executions: sum(({ executions }) => executions),
      seconds: Math.round(performance.now() - this.#began) / 1000,
      ...verdictFor(wrong !== null, changed, this.#variant.layers.length > 0),
      mainline: reports.flatMap((report) => report.mainline),
      found: wrong === null ? null : withoutEvents(wrong),
    };
  }
}

/** The package's own builds. */
async function loadMainline() {
  const [checked, model] = await Promise.all(
    [checkedUrl(), modelUrl()].map((wasmUrl) => loadModule({ wasmUrl })),
  );
  return checked && model && { checked, model };
}

function share(count: number, lanes: number): number {
  return Math.ceil(count / lanes);
}

/** What all lanes did so far; the stage is that of the one that is least far. */
function together(lanes: readonly (LaneProgress | undefined)[]): CheckProgress {
  const stages: readonly LaneProgress["stage"][] = [
    "answers",
    "programs",
    "meetings",
    "known races",
    "made-up races",
    "stress",
  ];
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

/** A race of the package broke on worker CPUs. */
function stressFinding({ found }: StressReport): LaneFinding | null {
  if (found === null) return null;
  const { scenario, finding } = found;
  const { invariant, message } = finding;
  return {
    ...{ by: "stress", invariant, message, race: printRace(scenario), replay: null },
    ...{ places: [], events: [], known: scenario.name },
  };
}

/** One example of each kind of operation that ends differently. */
function examplesOf(reports: readonly LaneReport[]): Pick<Difference, "program" | "text">[] {
  const all = new Map<string, Difference>();
  for (const { beside } of reports)
    for (const one of beside.differences) if (!all.has(one.kind)) all.set(one.kind, one);
  return [...all.values()].map(({ program, text }) => ({ program, text }));
}

function withoutEvents({ events: _, ...found }: LaneFinding): Omit<LaneFinding, "events"> {
  return found;
}
