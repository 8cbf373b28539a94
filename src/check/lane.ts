/** What one thread does for a check: the kernel's answers, made-up programs, meetings, known and made-up races; in this order. */

import { type ExploreSettings, exploreRow, type RowFinding } from "../explore/row.js";
import type { Operation } from "../ops/operation.js";
import type { RaceForm, Scenario } from "../scenario/race.js";
import { CheckedMachine, type Symptom } from "./checked-machine.js";
import { Compared } from "./compared.js";
import { Diary } from "./diary.js";
import { type AnswerDifference, answerCase } from "./kernel-answers.js";
import { laneFinding } from "./lane-finding.js";
import type { LaneFinding, LaneProgress, LaneReport, MainlineFault } from "./lane-report.js";
import type { LaneTask } from "./lane-task.js";
import { barrierMeetings, duetMeetings, WEAK } from "./meetings/meetings.js";
import { isQuiet, runList } from "./program.js";
import { DEEP_MEETING, RaceSearch, SHALLOW } from "./race-search.js";
import { scenarioOf } from "./races.js";
import { isSameFinding, kindOfFinding } from "./same.js";
import { type Attempt, ROUND, Sequential, SHAPES, type ShapeNumber } from "./sequential.js";
import { shrinkProgram } from "./shrink.js";
import { shrinkRace } from "./shrink-race.js";
import { formOfProgram, raceText } from "./told.js";

/** The part of their time that programs get before any race. The rest comes between made-up races. */
const FIRST = 0.2;
/** Rounds of the meetings while they have time. */
const ROUNDS = 8;
/** Between the seeds of two rounds. */
const SEEDS = 0x9e37;
/** The most executions of a known race with two preemptions: all that races of two CPUs need. */
const MOST_KNOWN = 6400;
/** What a CPU that waits in vain shows as. */
const WAITS = "I14";
/** Seconds after which a race that is wrong is made no smaller: one execution of a large one takes milliseconds. */
const SHRINKING = 20;
/** How a program that is wrong is explored, to tell its story. */
const STORY: ExploreSettings = { strategy: "bounded", preemptions: 2, seed: 1, executions: 2000 };

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
  readonly #clock: () => number;
  readonly #began: number;
  readonly #differences: AnswerDifference[] = [];
  #answered = 0;
  readonly #compared: Compared;
  readonly #reached: string[] = [];
  #stage: LaneProgress["stage"] = "answers";
  /** Seconds of the programs so far. */
  #programSeconds = 0;
  #triedRaces = 0;
  #knownExecutions = 0;

  constructor(task: LaneTask, onProgress: OnLaneProgress) {
    const { checked, model, monitor, seed, lane, lanes } = task;
    this.#task = task;
    const { processor } = task;
    this.#clock =
      processor === undefined ? () => performance.now() / 1000 : () => processorSeconds() / processor;
    this.#began = this.#clock();
    this.#onProgress = onProgress;
    this.#diary = new Diary(task.diary);
    this.#search = new Sequential(checked, seed, lane, lanes);
    this.#compared = new Compared(this.#search, (at) => this.#mainlineMachine(at), this.#clock);
    this.#races = new RaceSearch({ module: model, monitor }, this.#search, seed, lane, lanes);
    this.#races.models = task.models ?? [];
    this.#races.onRace = (form) => this.#atRace(form);
    if (task.mainline !== undefined)
      this.#mainlineRaces = new RaceSearch({ module: task.mainline.model, monitor }, this.#search, seed);
    if (this.#mainlineRaces !== undefined) this.#mainlineRaces.models = task.models ?? [];
  }

  async run(): Promise<LaneReport> {
    await this.#answers();
    const found = this.#programs() ?? this.#meetings() ?? this.#known() ?? this.#made();
    return this.#report(found ?? null);
  }

  get #stopped(): boolean {
    return Atomics.load(this.#task.stop, 0) !== 0;
  }

  get #seconds(): number {
    return this.#clock() - this.#began;
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
      this.#diary.answer(one.name);
      this.#tell();
      const difference = await answerCase(this.#task.checked, one);
      this.#answered++;
      if (difference !== undefined) this.#differences.push(difference);
      this.#tell();
    }
  }

  /** The first programs: from these known races and made-up ones go on. With a number of programs, all of them. */
  #programs(): LaneFinding | undefined {
    this.#stage = "programs";
    const { share, most } = this.#task;
    return this.#somePrograms(most === undefined ? FIRST * share.programs : share.programs);
  }

  /** Runs programs until they have had so many seconds. */
  #somePrograms(seconds: number): LaneFinding | undefined {
    const most = this.#task.most?.programs ?? Number.POSITIVE_INFINITY;
    const had = this.#programSeconds;
    const begun = this.#seconds;
    const isOver = (): boolean => {
      this.#programSeconds = had + this.#seconds - begun;
      return this.#programSeconds >= seconds;
    };
    // What races ran belongs to no program.
    this.#search.settle();
    while (this.#search.programs < most && !this.#stopped) {
      if (this.#search.programs % ROUND === 0 && isOver()) break;
      this.#diary.program(this.#search.programs);
      const attempt = this.#search.next();
      this.#tell();
      if (attempt.symptom === undefined) {
        this.#compared.look(attempt, this.#programSeconds);
        continue;
      }
      const found = this.#program(attempt, attempt.symptom);
      if (found !== undefined) return found;
    }
    return undefined;
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
    const form = formOfProgram(operations, SHAPES[at as ShapeNumber], at !== 0);
    if (this.#mainlineShows(at, operations, symptom)) {
      this.#note(form, symptom);
      this.#search.settle();
      return undefined;
    }
    const shown = this.#explore(scenarioOf(form, "a made-up program"), STORY);
    const same = shown !== undefined && shown.invariant === symptom.invariant;
    return laneFinding("programs", form, symptom, same ? shown : undefined, null);
  }

  #mainlineShows(at: number, operations: readonly Operation[], symptom: Symptom): boolean {
    const machine = this.#mainlineMachine(at);
    const shown = machine && runList(machine, operations).symptom;
    return shown !== undefined && isSameFinding(shown, symptom);
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
    const kind = kindOfFinding({ invariant, message });
    if (this.#noted.has(kind)) return;
    this.#noted.add(kind);
    this.#mainline.push({ invariant, message, race: raceText(form, invariant, message) });
  }

  /** Lets the CPUs meet in every part of the engine, and again and again where changed code is in it. */
  #meetings(): LaneFinding | undefined {
    this.#stage = "meetings";
    const { meetings, seed, share, most } = this.#task;
    const end = this.#seconds + share.meetings;
    const rounds = most === undefined ? ROUNDS : 1;
    const duets = new Set(duetMeetings().map(({ name }) => name));
    let left = meetings;
    for (let round = 0; round < rounds && left.length > 0; round++) {
      const met: Scenario[] = [];
      for (const scenario of left) {
        if (this.#seconds > end || this.#stopped) return undefined;
        const form = scenario.explore ?? scenario.stress;
        const depth = round === 0 && duets.has(scenario.name) ? SHALLOW : DEEP_MEETING;
        const meet = (races: RaceSearch) =>
          races.meet(scenario, seed + round * SEEDS, this.#tell, { depth, probe: round === 0 });
        const here = meet(this.#races);
        const [first] = this.#ownIn(form, here.all, (races) => meet(races).all);
        const found = first && this.#small(form, first);
        if (found !== undefined) return found;
        if (!here.met || first !== undefined) continue;
        met.push(scenario);
        const weak = round === 0 ? this.#meetWeakly(scenario, form) : undefined;
        if (weak !== undefined) return weak;
      }
      left = met;
    }
    return undefined;
  }

  /** A meeting about a barrier runs in a weak memory model too. It is small: nobody makes it smaller. */
  #meetWeakly(scenario: Scenario, form: RaceForm): LaneFinding | undefined {
    if (!barrierMeetings().some(({ name }) => name === scenario.name)) return undefined;
    const meet = (races: RaceSearch) => races.meetWeakly(scenario, WEAK, this.#task.seed, this.#tell).all;
    const [found] = this.#ownIn(form, meet(this.#races), meet);
    return found && laneFinding("exploration", form, found, found, null);
  }

  /** Tries every known race shortly, and explores those in which changed code meets another CPU. */
  #known(): LaneFinding | undefined {
    this.#stage = "known races";
    const { catalogue, seed, share } = this.#task;
    const end = this.#seconds + share.catalogue;
    for (const scenario of catalogue) {
      if (this.#seconds > end || this.#stopped) break;
      const form = scenario.explore;
      if (form === undefined) continue;
      const { found, met } = this.#races.explore(form, seed, this.#tell, { two: MOST_KNOWN, scenario });
      this.#triedRaces++;
      if (met) this.#reached.push(scenario.name);
      if (found !== undefined) return laneFinding("exploration", form, found, found, scenario.name);
    }
    return undefined;
  }

  #made(): LaneFinding | undefined {
    this.#stage = "made-up races";
    const { seconds, share, most } = this.#task;
    const begun = this.#seconds;
    while (
      this.#races.races < (most?.races ?? Number.POSITIVE_INFINITY) &&
      this.#seconds < seconds &&
      !this.#stopped
    ) {
      if (most === undefined) {
        const part = (this.#seconds - begun) / (seconds - begun);
        const found = this.#somePrograms(share.programs * (FIRST + (1 - FIRST) * part));
        if (found !== undefined) return found;
      }
      const wrong = this.#races.next(this.#tell);
      this.#tell();
      if (wrong === undefined) continue;
      const { form, seed } = wrong;
      const [first] = this.#ownIn(form, wrong.all, (races) => [
        ...races.explore(form, this.#task.seed, this.#tell).all,
        ...races.glance(form, seed),
      ]);
      if (first === undefined) continue;
      const found = this.#small(wrong.form, first);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What is wrong with a race, in a race that is as small as it could be made. Undefined: there the engine shows it too. */
  #small(of: RaceForm, first: RowFinding): LaneFinding | undefined {
    const end = this.#seconds + SHRINKING;
    const isShown = (form: RaceForm): boolean =>
      this.#seconds < end && this.#isTrue(form) && this.#shows(form, first) !== undefined;
    let small = shrinkRace(of, isShown);
    let found = this.#shows(small, first) ?? first;
    // In the small race a search comes further.
    if (this.#shownByMainline(small, [found]).length > 0) {
      // A CPU waits in vain, too, where the one is gone that it waits for. So that one must stay.
      const isWait = found.invariant === WAITS;
      if (isWait)
        small = shrinkRace(of, (form) => isShown(form) && this.#shownByMainline(form, [first]).length === 0);
      found = this.#shows(small, first) ?? first;
      if (!isWait || this.#ownIn(small, [found]).length === 0) {
        this.#note(small, found);
        return undefined;
      }
    }
    return laneFinding("exploration", small, found, found, null);
  }

  /**
   * Those findings of a race that the engine as it is does not show, in the same search. It keeps the others. Without a
   * finding nothing is searched.
   */
  #ownIn(
    form: RaceForm,
    all: readonly RowFinding[],
    search = (races: RaceSearch) => races.explore(form, this.#task.seed, this.#tell).all,
  ): readonly RowFinding[] {
    const shown = this.#shownByMainline(form, all, search);
    for (const one of shown) this.#note(form, one);
    return all.filter((one) => !shown.includes(one));
  }

  /** Those findings of a race that the engine as it is shows too, in the same search. */
  #shownByMainline(
    form: RaceForm,
    all: readonly RowFinding[],
    search = (races: RaceSearch) => races.explore(form, this.#task.seed, this.#tell).all,
  ): readonly RowFinding[] {
    if (all.length === 0 || this.#mainlineRaces === undefined) return [];
    const shown = search(this.#mainlineRaces);
    return all.filter((one) => shown.some((other) => isSameFinding(one, other)));
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
  #shows(form: RaceForm, wanted: RowFinding): RowFinding | undefined {
    this.#tell();
    const { all } = this.#races.explore(form, this.#task.seed, this.#tell);
    return all.find((one) => isSameFinding(one, wanted));
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

  #report(found: LaneFinding | null): LaneReport {
    const { counters } = this.#search;
    const runs = this.#races.runs.map((inModel, site) =>
      counters.reduce((sum, one) => sum + one.count(site), inModel - this.#compared.runsOf(site)),
    );
    return {
      ...this.#progress,
      answers: {
        ...{ cases: this.#answered, agree: this.#answered - this.#differences.length },
        differences: this.#differences,
      },
      beside: this.#compared.report,
      reached: this.#reached,
      ...{ triedRaces: this.#triedRaces, complete: this.#races.complete, seconds: this.#seconds },
      ...{ runs, overlaps: this.#races.overlaps, mainline: this.#mainline, found },
    };
  }
}

/** Processor time of this program so far, in seconds. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
