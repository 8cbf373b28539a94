/** Holds one mutant against the whole apparatus, until something is seen. */

import type { CoverSite } from "../../build/cover.js";
import { EngineCrashError, RmapError } from "../../errors.js";
import { Counters } from "../../explore/counters.js";
import type { ModelName } from "../../explore/models.js";
import { type ExploreSettings, exploreRow } from "../../explore/row.js";
import type { Operation } from "../../ops/operation.js";
import { ThreadClock } from "../../platform/thread-clock.js";
import type { Scenario } from "../../scenario/race.js";
import { partedFrom } from "../beside.js";
import { type Answer, CheckedMachine, type Symptom } from "../checked-machine.js";
import { answerCase, type KernelCase } from "../kernel-answers.js";
import { WEAK } from "../meetings/meetings.js";
import { runList } from "../program.js";
import { RaceSearch } from "../race-search.js";
import { isSameFinding } from "../same.js";
import { Sequential, SHAPES } from "../sequential.js";
import { Hall } from "./hall.js";
import type { SwitchBoard } from "./switch.js";

/** The parts of the apparatus, in the order in which they look. */
export type Stage = "boot" | "answers" | "programs" | "meetings" | "races" | "catalogue";

/** Shares of a mutant's seconds; the answers come on top. `setups` are the programs that made-up races begin like. */
const SHARES = {
  ...{ programs: 0.3, meetings: 0.3, weak: 0.1 },
  ...{ setups: 0.1, races: 0.15, catalogue: 0.05 },
} as const;
/** The same of a step that only a weak memory model can show. */
const WEAK_SHARES = { meetings: 0.1, weak: 0.3 } as const;
/** How to explore a known race. */
const KNOWN: ExploreSettings = { strategy: "bounded", preemptions: 2, seed: 1, executions: 2000 };
/** Programs before the kernel's answers: most mutants fail in these, and all answers take longer. */
const FIRST = 512;
/** Programs between two looks at the clock. */
const STRIDE = 32;

/** What has seen a mutant. */
export interface Sight {
  readonly by: Stage;
  /**
   * `I1` to `I14` for a numbered invariant, ANSWER: an operation answers otherwise than the kernel or the engine as it is,
   * STATE: it leaves something else in memory; HANG, TRAP, otherwise the code.
   */
  readonly invariant: string;
  readonly message: string;
  /** A meeting or a known race. */
  readonly race?: string;
  /** The weak memory model that shows it. */
  readonly model?: ModelName;
}

/** The result for one mutant. */
export interface Judged {
  readonly seen: Sight | null;
  /** How often its declaration ran. */
  readonly runs: number;
  readonly programs: number;
  readonly races: number;
  readonly executions: number;
  /** Processor time. */
  readonly seconds: number;
}

/** What the apparatus is made of. */
export interface Apparatus {
  readonly checked: readonly SwitchBoard[];
  readonly model: readonly SwitchBoard[];
  readonly monitor: WebAssembly.Module;
  readonly answers: readonly KernelCase[];
  readonly catalogue: readonly Scenario[];
  /** By known race: the declarations that it runs, `FILE NAME`. Filled when it is first asked for. */
  readonly reach: Map<string, ReadonlySet<string>>;
  /** By schema: the engine as it is, in each shape. Filled as reach. */
  readonly mainline: Map<SwitchBoard, readonly CheckedMachine[]>;
  /** The rooms of the schema that was asked for last. */
  hall?: { readonly model: number; readonly hall: Hall };
}

/** One mutant, or with number 0 the engine as it is. */
export interface Question {
  /** Which of the compiled schemas it is in. */
  readonly checked: number;
  /** The same of the model build, for the second part; undefined: the first part. */
  readonly model?: number;
  readonly number: number;
  readonly file: string;
  readonly declaration: string;
  /** True: without a weak memory model it is most likely the engine as it is. */
  readonly isOrder?: boolean;
  readonly seed: number;
  /** Of processor time. */
  readonly seconds: number;
}

/**
 * Judges a mutant: in the first part with the kernel's answers and programs, in the second with races, whose setups are
 * programs of the first. `onStage` is called when a part begins, and often while it works.
 */
export async function judge(
  apparatus: Apparatus,
  question: Question,
  onStage: (stage: Stage) => void,
): Promise<Judged> {
  return new Trial(apparatus, question, onStage).run();
}

class Trial {
  readonly #apparatus: Apparatus;
  readonly #question: Question;
  readonly #onStage: (stage: Stage) => void;
  /** The part that looks now. */
  #stage: Stage = "boot";
  readonly #board: SwitchBoard;
  readonly #checked: WebAssembly.Module;
  readonly #clock = new ThreadClock();
  #search: Sequential | undefined;
  #races: RaceSearch | undefined;
  #executions = 0;

  constructor(apparatus: Apparatus, question: Question, onStage: (stage: Stage) => void) {
    this.#apparatus = apparatus;
    this.#question = question;
    this.#onStage = (stage) => {
      this.#stage = stage;
      onStage(stage);
    };
    this.#board = apparatus.checked[question.checked] as SwitchBoard;
    this.#checked = this.#board.module(question.number, (site) => isOwn(question, site));
  }

  async run(): Promise<Judged> {
    let seen: Sight | undefined;
    try {
      seen = await this.#look();
    } catch (error) {
      seen = sightOf(this.#stage, error);
    }
    const counters = this.#search?.counters ?? [];
    const sites = counters[0]?.sites ?? [];
    const runs = sites.reduce((sum, { kind }, at) => {
      if (kind !== "entry") return sum;
      return sum + counters.reduce((all, one) => all + one.count(at), this.#races?.runs[at] ?? 0);
    }, 0);
    return {
      ...{ seen: seen ?? null, runs, programs: this.#search?.programs ?? 0, races: this.#races?.races ?? 0 },
      executions: this.#executions + (this.#races?.executions ?? 0),
      seconds: Math.round(this.#clock.seconds() * 1000) / 1000,
    };
  }

  async #look(): Promise<Sight | undefined> {
    const model = this.#apparatus.model[this.#question.model ?? -1];
    if (model === undefined)
      return this.#boot() ?? this.#programs(FIRST) ?? (await this.#answers()) ?? this.#programs();
    const shares = this.#question.isOrder === true ? WEAK_SHARES : SHARES;
    return (
      this.#boot() ??
      this.#meet(model, "sc", shares.meetings) ??
      this.#programs(undefined, SHARES.setups) ??
      this.#made(model) ??
      this.#known(model) ??
      this.#meet(model, WEAK, shares.weak)
    );
  }

  #boot(): Sight | undefined {
    this.#onStage("boot");
    try {
      // The second part makes other programs than the first.
      const { seed, model } = this.#question;
      this.#search = new Sequential(this.#checked, model === undefined ? seed : seed + 1);
      return undefined;
    } catch (error) {
      return sightOf("boot", error);
    }
  }

  async #answers(): Promise<Sight | undefined> {
    for (const one of this.#apparatus.answers) {
      this.#onStage("answers");
      try {
        const difference = await answerCase(this.#checked, one);
        if (difference === undefined) continue;
        const message = `${difference.script}: ${difference.text}`;
        return { by: "answers", invariant: "ANSWER", message };
      } catch (error) {
        return sightOf("answers", error);
      }
    }
    return undefined;
  }

  #programs(most = Number.POSITIVE_INFINITY, share: number = SHARES.programs): Sight | undefined {
    const search = this.#search;
    if (search === undefined) return undefined;
    const end = this.#clock.seconds() + share * this.#question.seconds;
    while (search.programs < most && (search.programs % STRIDE !== 0 || this.#clock.seconds() < end)) {
      if (search.programs % STRIDE === 0) this.#onStage("programs");
      let beside: Sight | undefined;
      const onMade = (at: number, made: readonly Operation[], answers: readonly Answer[]): void => {
        beside = this.#beside(search.machines[at] as CheckedMachine, at, made, answers);
      };
      const { symptom, operations, machine } = search.next(undefined, undefined, onMade);
      if (symptom !== undefined && !this.#isMainlines(machine, operations, symptom))
        return { by: "programs", invariant: symptom.invariant, message: symptom.message };
      if (beside !== undefined) return beside;
    }
    return undefined;
  }

  /** What a machine that has just run a program shows otherwise than the engine as it is. */
  #beside(
    machine: CheckedMachine,
    at: number,
    operations: readonly Operation[],
    answers: readonly Answer[],
  ): Sight | undefined {
    const found = partedFrom(machine, this.#mainlineMachine(at), operations, answers);
    if (found === undefined) return undefined;
    const invariant = found.isAnswer ? "ANSWER" : "STATE";
    return { by: "programs", invariant, message: found.text };
  }

  /** The engine as it is. */
  #mainlineMachine(at: number): CheckedMachine {
    const { mainline } = this.#apparatus;
    let machines = mainline.get(this.#board);
    if (machines === undefined) {
      const module = this.#board.module(0, () => false);
      machines = SHAPES.map((shape) => new CheckedMachine(module, shape));
      mainline.set(this.#board, machines);
    }
    return machines[at] as CheckedMachine;
  }

  /** Whether the engine as it is shows the same. */
  #isMainlines(machine: number, operations: Parameters<typeof runList>[1], symptom: Symptom): boolean {
    if (this.#question.number === 0) return false;
    const shown = runList(this.#mainlineMachine(machine), operations).symptom;
    return shown !== undefined && isSameFinding(shown, symptom);
  }

  /** Tries the mutant where CPUs meet: in the meetings, and in the package's races. `memory` is the memory model. */
  #meet(model: SwitchBoard, memory: ModelName, share: number): Sight | undefined {
    const { monitor, catalogue } = this.#apparatus;
    const { model: at = 0, seed, seconds } = this.#question;
    if (this.#apparatus.hall?.model !== at)
      this.#apparatus.hall = { model: at, hall: new Hall(model, monitor, catalogue) };
    const { hall } = this.#apparatus.hall;
    // What a machine costs that later mutants use too, is not this one's.
    hall.open(this.#question, () => this.#onStage("meetings"));
    const end = this.#clock.seconds() + share * seconds;
    const before = hall.executions;
    const goesOn = (): boolean => {
      this.#onStage("meetings");
      return this.#clock.seconds() < end;
    };
    const shown = hall.try(this.#question, seed, goesOn, memory);
    this.#executions += hall.executions - before;
    if (shown === undefined) return undefined;
    const { invariant, message, race } = shown;
    return { by: "meetings", invariant, message, race, ...(memory !== "sc" && { model: memory }) };
  }

  #made(model: SwitchBoard): Sight | undefined {
    if (this.#search === undefined) return undefined;
    const { seed, seconds } = this.#question;
    const races = new RaceSearch(this.#modules(model), this.#search, seed);
    this.#races = races;
    const end = this.#clock.seconds() + SHARES.races * seconds;
    while (this.#clock.seconds() < end) {
      this.#onStage("races");
      const wrong = races.next(() => this.#onStage("races"));
      if (wrong === undefined) continue;
      const mainline = new RaceSearch(this.#modules(model, 0), this.#search, seed);
      const { form } = wrong;
      const explored = mainline.explore(form, seed, () => this.#onStage("races")).all;
      const shown = [...explored, ...mainline.glance(form, wrong.seed)];
      const found = wrong.all.find((one) => !shown.some((other) => isSameFinding(one, other)));
      const first = this.#question.number === 0 ? wrong.all[0] : found;
      if (first !== undefined) return { by: "races", invariant: first.invariant, message: first.message };
    }
    return undefined;
  }

  #known(model: SwitchBoard): Sight | undefined {
    const modules = this.#modules(model);
    const end = this.#clock.seconds() + SHARES.catalogue * this.#question.seconds;
    for (const scenario of this.#apparatus.catalogue) {
      if (this.#clock.seconds() > end) break;
      this.#onStage("catalogue");
      if (!this.#reaches(model, scenario)) continue;
      const onProgress = (): undefined => this.#onStage("catalogue") as undefined;
      const report = exploreRow({ scenario, ...modules, settings: KNOWN }, onProgress);
      this.#executions += report.executions;
      if (report.found === undefined) continue;
      const { invariant, message } = report.found;
      return { by: "catalogue", invariant, message, race: scenario.name };
    }
    return undefined;
  }

  /** Whether a known race runs the declaration in the engine as it is: looked up once for all declarations. */
  #reaches(model: SwitchBoard, scenario: Scenario): boolean {
    const { reach, monitor } = this.#apparatus;
    let reached = reach.get(scenario.name);
    if (reached === undefined) {
      const module = model.module(0, ({ kind }) => kind === "entry");
      const settings = { ...KNOWN, preemptions: 1, executions: 20 };
      let found = new Set<string>();
      let look = (): void => {};
      exploreRow({ scenario, module, monitor, settings }, undefined, (runner) => {
        look = () => {
          found = entered(module, runner.machine.exports);
        };
      });
      look();
      reached = found;
      reach.set(scenario.name, reached);
    }
    return reached.has(`${this.#question.file} ${this.#question.declaration}`);
  }

  #modules(model: SwitchBoard, number = this.#question.number) {
    const { monitor } = this.#apparatus;
    return { module: model.module(number, (site) => isOwn(this.#question, site)), monitor };
  }
}

function entered(module: WebAssembly.Module, exports: object): Set<string> {
  const counters = new Counters(module, exports);
  return new Set(
    counters.sites.flatMap((site, at) =>
      counters.count(at) > 0 ? [`${site.file} ${site.declaration}`] : [],
    ),
  );
}

/** Whether a counter is one of the mutant's declaration: of its class, if it has one. */
function isOwn({ number, file, declaration }: Question, site: CoverSite): boolean {
  if (number === 0) return site.kind === "entry";
  const top = (name: string) => name.split(".")[0];
  return site.file === file && top(site.declaration) === top(declaration);
}

/** An engine that does not come up, or comes down, in words. Rethrows an error that is not the engine's. */
function sightOf(by: Stage, error: unknown): Sight {
  if (error instanceof WebAssembly.RuntimeError) return { by, invariant: "TRAP", message: error.message };
  // A mutant may also overwrite the tables by which the host finds its way.
  const isEngines =
    error instanceof EngineCrashError ||
    (error instanceof RmapError && /does not boot|tables make no sense/.test(error.message));
  if (isEngines) return { by, invariant: error.code, message: error.message };
  throw error;
}
