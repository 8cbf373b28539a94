/** What one thread does for a check: the kernel's answers, made-up programs, known races, made-up races; in this order. */

import { type ExploreSettings, exploreRow, type RowFinding } from "../explore/row.js";
import type { StoryEvent } from "../explore/story.js";
import type { Operation } from "../ops/operation.js";
import type { RaceForm, Scenario } from "../scenario/race.js";
import { type Difference, differenceIn } from "./beside.js";
import { CheckedMachine, type Symptom } from "./checked-machine.js";
import { Diary } from "./diary.js";
import { type AnswerDifference, answerCase, type KernelCase } from "./kernel-answers.js";
import { isQuiet, runList } from "./program.js";
import { RaceSearch } from "./race-search.js";
import { scenarioOf } from "./races.js";
import { type Attempt, Sequential, SHAPES } from "./sequential.js";
import { shrinkProgram } from "./shrink.js";
import { shrinkRace } from "./shrink-race.js";
import { formOfProgram, raceText } from "./told.js";

/** Plain data, and compiled modules. */
export interface LaneTask {
  readonly checked: WebAssembly.Module;
  readonly model: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
  /** The engine as it is, where the modules are those of a folder: what it shows too is not the folder's. */
  readonly mainline?: { readonly checked: WebAssembly.Module; readonly model: WebAssembly.Module };
  readonly seed: number;
  /** Number of this lane, of so many. */
  readonly lane: number;
  readonly lanes: number;
  /** Seconds in all, and of these for sequential programs and for known races. */
  readonly seconds: number;
  readonly share: { readonly programs: number; readonly catalogue: number };
  /** The most made-up programs and races of this lane, besides. */
  readonly most?: { readonly programs: number; readonly races: number };
  readonly answers: readonly KernelCase[];
  readonly catalogue: readonly Scenario[];
  /** What the lane is at: for others, when it hangs. */
  readonly diary: SharedArrayBuffer;
  /** Not 0 when another lane has found something: then the lane ends with what it has. */
  readonly stop: Int32Array;
}

/** How far a lane is. */
export interface LaneProgress {
  readonly stage: "answers" | "programs" | "known races" | "made-up races" | "stress";
  readonly programs: number;
  readonly races: number;
  readonly executions: number;
}

/** Where a finding lies in the sources. */
interface FoundPlace {
  readonly file: string;
  readonly line: number;
  readonly declaration: string;
}

/** What was found. */
export interface LaneFinding {
  readonly by: "answers" | "programs" | "stress" | "exploration";
  readonly invariant: string;
  readonly message: string;
  /** The text of a race file; null for an answer that differs from the kernel's. */
  readonly race: string | null;
  /** The schedule of the race that shows it; null where there is none. */
  readonly replay: string | null;
  readonly places: readonly FoundPlace[];
  readonly events: readonly StoryEvent[];
  /** The name of a known race; null for a made-up one. */
  readonly known: string | null;
}

/** What the engine shows as it is. */
export type MainlineFault = Pick<LaneFinding, "invariant" | "message" | "race">;

/** The same programs on the engine as it is. */
interface BesideReport {
  readonly programs: number;
  readonly differ: number;
  /** One for each kind of operation. */
  readonly differences: readonly Difference[];
}

/** The result of a lane. */
export interface LaneReport extends LaneProgress {
  readonly answers: {
    readonly cases: number;
    readonly agree: number;
    readonly differences: readonly AnswerDifference[];
  };
  /** Made-up programs that ran on the engine as it is too, and those that ended differently there. */
  readonly beside: BesideReport;
  /** Known races in which counted code ran. */
  readonly reached: readonly string[];
  readonly knownRaces: number;
  readonly complete: number;
  readonly seconds: number;
  /** By site of the checked module: how often it ran, in programs and in races. */
  readonly runs: readonly number[];
  /** By declaration: how often another CPU met it. */
  readonly overlaps: ReadonlyMap<string, number>;
  /** What was found, and is the engine's own. */
  readonly mainline: readonly MainlineFault[];
  readonly found: LaneFinding | null;
}

/** The part of the programs' time in which they run on the engine as it is too. */
const BESIDE = 0.15;
/** Preemptions of the search through a known race, and its most executions. */
const KNOWN: ExploreSettings = { strategy: "bounded", preemptions: 2, seed: 1, executions: 20_000 };

/** Called with how far a lane is; `soFar` is what it would report now. */
type OnLaneProgress = (progress: LaneProgress, soFar: () => LaneReport) => void;

/** Runs a lane to its end, or to its first finding. `onProgress` is called often. */
export async function runLane(task: LaneTask, onProgress: OnLaneProgress): Promise<LaneReport> {
  return new Lane(task, onProgress).run();
}

class Lane {
  readonly #task: LaneTask;
  readonly #onProgress: OnLaneProgress;
  readonly #diary: Diary;
  readonly #search: Sequential;
  readonly #races: RaceSearch;
  /** The same for the engine as it is. */
  readonly #mainlineRaces: RaceSearch | undefined;
  #mainlineMachines: readonly CheckedMachine[] | undefined;
  /** What the engine shows as it is, and the messages of it without their numbers. */
  readonly #mainline: MainlineFault[] = [];
  readonly #noted = new Set<string>();
  readonly #began = performance.now();
  readonly #differences: AnswerDifference[] = [];
  #answered = 0;
  /** The same programs on the engine as it is: how many, how many differ, and seconds that this took. */
  readonly #beside = { programs: 0, differ: 0, seconds: 0, differences: new Map<string, Difference>() };
  /** By site: how often it ran for that. */
  readonly #comparing: number[] = [];
  readonly #reached: string[] = [];
  #stage: LaneProgress["stage"] = "answers";
  #knownRaces = 0;
  #knownExecutions = 0;

  constructor(task: LaneTask, onProgress: OnLaneProgress) {
    const { checked, model, monitor, seed, lane, lanes } = task;
    this.#task = task;
    this.#onProgress = onProgress;
    this.#diary = new Diary(task.diary);
    this.#search = new Sequential(checked, seed, lane, lanes);
    const [machine] = this.#search.machines;
    if (machine === undefined) throw new TypeError("there is no machine");
    this.#races = new RaceSearch({ module: model, monitor }, machine, this.#search.guide, seed, lane, lanes);
    this.#races.onRace = (form) => this.#atRace(form);
    if (task.mainline !== undefined)
      this.#mainlineRaces = new RaceSearch(
        { module: task.mainline.model, monitor },
        machine,
        this.#search.guide,
        seed,
      );
  }

  async run(): Promise<LaneReport> {
    await this.#answers();
    const found = this.#programs() ?? this.#known() ?? this.#made();
    return this.#report(found ?? null);
  }

  get #stopped(): boolean {
    return Atomics.load(this.#task.stop, 0) !== 0;
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #tell = (): void => {
    this.#onProgress(this.#progress, () => this.#report(null));
  };

  get #progress(): LaneProgress {
    const executions = this.#knownExecutions + this.#races.executions;
    return { stage: this.#stage, programs: this.#search.programs, races: this.#races.races, executions };
  }

  /** Runs the kernel's scripts. A difference ends nothing here: all lanes together report it. */
  async #answers(): Promise<void> {
    for (const one of this.#task.answers) {
      if (this.#stopped) break;
      const difference = await answerCase(this.#task.checked, one);
      this.#answered++;
      if (difference !== undefined) this.#differences.push(difference);
      this.#tell();
    }
  }

  #programs(): LaneFinding | undefined {
    this.#stage = "programs";
    const { share, most } = this.#task;
    const begun = this.#seconds;
    const end = begun + share.programs;
    while (
      this.#search.programs < (most?.programs ?? Number.POSITIVE_INFINITY) &&
      this.#seconds < end &&
      !this.#stopped
    ) {
      this.#diary.program(this.#search.programs);
      const attempt = this.#search.next();
      this.#tell();
      if (attempt.symptom === undefined) {
        this.#compare(attempt, this.#seconds - begun);
        continue;
      }
      const found = this.#program(attempt, attempt.symptom);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Runs a program that ran changed code on the engine as it is too, while that takes a small part of the `seconds` so
   * far. Where frames run out or an allocation is refused, which operation that meets says nothing.
   */
  #compare({ ran, machine: at, made, operations }: Attempt, seconds: number): void {
    const beside = this.#beside;
    if (!ran || at !== 0 || beside.seconds > BESIDE * seconds || made.some(({ kind }) => kind === "fail"))
      return;
    const [folder, mainline] = [this.#search.machines[at], this.#mainlineMachine(at)];
    if (folder === undefined || mainline === undefined) return;
    const began = this.#seconds;
    const found = differenceIn(folder, mainline, operations);
    beside.programs++;
    beside.seconds += this.#seconds - began;
    // What this ran is no further program.
    this.#search.counters[at]?.settle((site, runs) => {
      this.#comparing[site] = (this.#comparing[site] ?? 0) + runs;
    });
    if (found === undefined) return;
    beside.differ++;
    if (!beside.differences.has(found.kind)) beside.differences.set(found.kind, found);
  }

  /** A program that is wrong, made small, and as a race that shows it again. Undefined: the engine itself is wrong. */
  #program(attempt: Attempt, wanted: Symptom): LaneFinding | undefined {
    const { machines } = this.#search;
    const shrunk = machines.map((machine, at) => ({
      at,
      ...shrinkProgram(machine, attempt.operations, wanted),
    }));
    // With room for everything it says more, if it shows it there too.
    const { at, operations, symptom } = shrunk.find((one) => one.isShown) ?? {
      ...{ at: attempt.machine, operations: attempt.operations, symptom: wanted },
    };
    const form = formOfProgram(operations, SHAPES[at as 0 | 1], at !== 0);
    if (this.#mainlineShows(at, operations, symptom)) {
      this.#note(form, symptom);
      this.#search.settle();
      return undefined;
    }
    const shown = this.#explore(scenarioOf(form, "a made-up program"), { ...KNOWN, executions: 2000 });
    const same = shown !== undefined && shown.invariant === symptom.invariant;
    return this.#finding("programs", form, symptom, same ? shown : undefined, null);
  }

  #mainlineShows(at: number, operations: readonly Operation[], { invariant }: Symptom): boolean {
    const machine = this.#mainlineMachine(at);
    return machine !== undefined && runList(machine, operations).symptom?.invariant === invariant;
  }

  /** The engine as it is, in a shape; undefined where the modules are its own. */
  #mainlineMachine(at: number): CheckedMachine | undefined {
    const { mainline } = this.#task;
    if (mainline === undefined) return undefined;
    this.#mainlineMachines ??= SHAPES.map((shape) => new CheckedMachine(mainline.checked, shape));
    return this.#mainlineMachines[at];
  }

  /** Keeps what the engine shows as it is: once for each place. */
  #note(form: RaceForm, { invariant, message }: Pick<Symptom, "invariant" | "message">): void {
    const kind = message.replace(/\(.*?\)|0x[0-9a-f]+|\d+/g, "");
    if (this.#noted.has(kind)) return;
    this.#noted.add(kind);
    this.#mainline.push({ invariant, message, race: raceText(form, invariant, message) });
  }

  /** How often counted code ran in races. */
  get #entries(): number {
    return this.#races.runs.reduce((sum, runs) => sum + runs, 0);
  }

  #known(): LaneFinding | undefined {
    this.#stage = "known races";
    const end = this.#seconds + this.#task.share.catalogue;
    for (const scenario of this.#task.catalogue) {
      if (this.#seconds > end || this.#stopped) break;
      const form = scenario.explore;
      if (form === undefined) continue;
      const before = this.#entries;
      const found = this.#explore(scenario, KNOWN);
      this.#knownRaces++;
      if (this.#entries > before) this.#reached.push(scenario.name);
      if (found !== undefined) return this.#finding("exploration", form, found, found, scenario.name);
    }
    return undefined;
  }

  #made(): LaneFinding | undefined {
    this.#stage = "made-up races";
    const { seconds, seed, most } = this.#task;
    while (
      this.#races.races < (most?.races ?? Number.POSITIVE_INFINITY) &&
      this.#seconds < seconds &&
      !this.#stopped
    ) {
      const wrong = this.#races.next(this.#tell);
      this.#tell();
      if (wrong === undefined) continue;
      const first = wrong.found;
      if (this.#mainlineRaces?.explore(wrong.form, seed, this.#tell).found?.invariant === first.invariant) {
        this.#note(wrong.form, first);
        continue;
      }
      const small = shrinkRace(
        wrong.form,
        (form) => this.#isTrue(form) && this.#shows(form, first) !== undefined,
      );
      const found = this.#shows(small, first) ?? first;
      return this.#finding("exploration", small, found, found, null);
    }
    return undefined;
  }

  /** Whether the engine as it is gives the words that the form expects, one CPU after the other. */
  #isTrue({ setup, cpus, finish }: RaceForm): boolean {
    const machine = this.#mainlineMachine(0) ?? this.#search.machines[0];
    const orders = [cpus, cpus.toReversed()];
    return (
      machine === undefined ||
      orders.every((order) => isQuiet(machine, [...setup, ...order.flat(), ...finish]))
    );
  }

  #atRace(form: RaceForm): void {
    this.#diary.race(raceText(form, "", ""));
  }

  /** The same finding in a form, or none. */
  #shows(form: RaceForm, { invariant }: RowFinding): RowFinding | undefined {
    this.#tell();
    const { found } = this.#races.explore(form, this.#task.seed, this.#tell);
    return found?.invariant === invariant ? found : undefined;
  }

  #explore(scenario: Scenario, settings: ExploreSettings): RowFinding | undefined {
    const { model, monitor } = this.#task;
    this.#atRace(scenario.explore ?? scenario.stress);
    let end: (() => void) | undefined;
    const report = exploreRow(
      { scenario, module: model, monitor, settings },
      () => {
        this.#tell();
        return this.#stopped;
      },
      (runner) => {
        const overlaps = this.#races.watch(runner);
        end = () => this.#races.collect(runner, overlaps);
      },
    );
    end?.();
    this.#knownExecutions += report.executions + report.repeated;
    return report.found;
  }

  #finding(
    by: LaneFinding["by"],
    form: RaceForm,
    symptom: Pick<Symptom, "invariant" | "message">,
    shown: RowFinding | undefined,
    known: string | null,
  ): LaneFinding {
    const { invariant, message } = symptom;
    const events = shown?.events ?? [];
    const places = new Map<string, FoundPlace>();
    for (const { file, line, function: declaration } of events)
      if (file !== "") places.set(`${file}:${line}`, { file, line, declaration });
    // A wrong word says more than the place where it was read.
    const told = invariant === "CONTENT" && by === "programs" ? message : shown?.conclusion || message;
    return {
      ...{ by, invariant, message: told },
      race: raceText(form, invariant, told),
      replay: shown === undefined || shown.replay === "" ? null : shown.replay,
      ...{ places: [...places.values()], events, known },
    };
  }

  #report(found: LaneFinding | null): LaneReport {
    const { counters } = this.#search;
    const runs = this.#races.runs.map((inModel, site) =>
      counters.reduce((sum, one) => sum + one.count(site), inModel - (this.#comparing[site] ?? 0)),
    );
    return {
      ...this.#progress,
      answers: {
        ...{ cases: this.#answered, agree: this.#answered - this.#differences.length },
        differences: this.#differences,
      },
      beside: {
        ...{ programs: this.#beside.programs, differ: this.#beside.differ },
        differences: [...this.#beside.differences.values()],
      },
      reached: this.#reached,
      ...{ knownRaces: this.#knownRaces, complete: this.#races.complete, seconds: this.#seconds },
      ...{ runs, overlaps: this.#races.overlaps, mainline: this.#mainline, found },
    };
  }
}
