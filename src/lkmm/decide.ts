/** Decides a litmus test: which states can be at the end, and whether the condition can hold. */
import { TooManyCandidates } from "./candidates.js";
import { holds, type Lookup, printVariable, type Variable, variablesOf } from "./condition.js";
import type { Path } from "./event.js";
import { type Execution, type Search, search, TooManyEvents } from "./executions.js";
import { hasPlain, pathsOf, TooManyPaths, wasCut } from "./paths.js";
import type { Judging, ModelName, Rule } from "./rules.js";
import { finish, type Steps } from "./steps.js";
import type { Litmus } from "./syntax.js";
import { MOST_ROUNDS, TooManyTurns } from "./thread.js";
import { printValue } from "./value.js";

export type Verdict = "Never" | "Sometimes" | "Always" | "DEADLOCK" | "undecided" | "unsupported";

/** A state at the end, as herd7 prints it, and the number of executions that end in it. */
interface State {
  readonly text: string;
  readonly executions: number;
}

/** What a test shows under a model. */
export interface Decision {
  readonly verdict: Verdict;
  /** True when an allowed execution has a data race; null when nobody looked. */
  readonly race: boolean | null;
  /** What herd7 flags besides, such as `unmatched-rcu-lock`. */
  readonly flags: readonly string[];
  /** The states at the end; null when they were not asked for. */
  readonly states: readonly State[] | null;
  /** Executions in which the condition holds, and in which it does not; null when they were not counted. */
  readonly positive: number | null;
  readonly negative: number | null;
  /** Why the test is undecided, or what limits the verdict; "" otherwise. */
  readonly reason: string;
}

export interface Settings {
  readonly model: ModelName;
  /** Rules that do not apply: for tests of the rules. */
  readonly without?: readonly Rule[];
  /** True: find every state at the end, in place of the verdict alone. */
  readonly states: boolean;
  /** Milliseconds after which the test is undecided. */
  readonly timeout: number;
}

/** The time is over. */
class OutOfTime extends Error {}

/** Decides a test at once. Throws UnsupportedError for a construct that we do not know. */
export function decide(test: Litmus, settings: Settings): Decision {
  return finish(deciding(test, settings));
}

/** Milliseconds of work between two looks at what else there is to do. */
const SLICE = 50;

/** Decides a test, and lets others run now and then: signals and timers. Throws as `decide` does. */
export async function decideInSlices(test: Litmus, settings: Settings): Promise<Decision> {
  const steps = deciding(test, settings);
  let next = performance.now() + SLICE;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() < next) continue;
    await new Promise((resolve) => setImmediate(resolve));
    next = performance.now() + SLICE;
  }
}

function* deciding(test: Litmus, settings: Settings): Steps<Decision> {
  const { model, without = [], timeout } = settings;
  const how: Judging = { model, without: new Set(without) };
  const end = performance.now() + timeout;
  /** Does the work until the time is over. */
  function* timed<T>(work: Steps<T>): Steps<T> {
    for (;;) {
      const { done, value } = work.next();
      if (done === true) return value;
      if (performance.now() > end) throw new OutOfTime();
      yield;
    }
  }
  const look = (paths: Paths, what: Pick<Search, "wanted" | "races" | "visit">) =>
    timed(search(test, paths, how, what));
  try {
    const paths = yield* timed(pathsOf(test));
    const isPlain = paths.some((ways) => ways.some(hasPlain));
    const reason = notesOn(test);
    const tally = new Tally(test);
    if (settings.states) {
      const visit = (execution: Execution) => tally.add(execution);
      yield* look(paths, { wanted: undefined, races: isPlain, visit });
      return { ...tally.decision(), race: tally.race, reason };
    }
    const visit = (execution: Execution) => tally.flag(execution);
    const yes = yield* look(paths, { wanted: true, races: false, visit });
    const no = yield* look(paths, { wanted: false, races: false, visit });
    const isRace = ({ judgement }: Execution) => judgement.race;
    const race = isPlain && (yield* look(paths, { wanted: undefined, races: true, visit: isRace }));
    return { ...NOTHING_COUNTED, verdict: verdictOf(yes, no), race, flags: tally.decision().flags, reason };
  } catch (error) {
    const reason = why(error, settings);
    if (reason === undefined) throw error;
    return { ...NOTHING_COUNTED, verdict: "undecided", race: null, flags: [], reason };
  }
}

type Paths = readonly (readonly Path[])[];

const NOTHING_COUNTED = { states: null, positive: null, negative: null } as const;

/** What the reader of a verdict should know of the test; "" if nothing. */
function notesOn(test: Litmus): string {
  const notes: string[] = [];
  if (wasCut(test))
    notes.push(
      `loops that read memory are cut after ${MOST_ROUNDS} rounds: longer executions were not looked at`,
    );
  // A slip of the pen would look like a proof.
  if (test.unknown.length > 0) notes.push(`nothing in the test has ${test.unknown.join(" or ")}, so it is 0`);
  return notes.join("; ");
}

/** Why a test is undecided; undefined for other errors. */
function why(error: unknown, { timeout }: Settings): string | undefined {
  if (error instanceof OutOfTime) return `it takes longer than ${timeout / 1000} s`;
  if (error instanceof TooManyPaths) return "a process has too many ways through it";
  if (error instanceof TooManyTurns) return "a process goes round its loops too often";
  if (error instanceof TooManyEvents) return "an execution has too many accesses";
  // The stack is full: we evaluate expressions by recursion.
  if (error instanceof RangeError) return "an expression, or a process, nests too deep";
  return error instanceof TooManyCandidates ? "a location has too many orders of its writes" : undefined;
}

/** `yes`: an execution with the condition was found; `no`: one without it. */
function verdictOf(yes: boolean, no: boolean): Verdict {
  if (yes) return no ? "Sometimes" : "Always";
  return no ? "Never" : "DEADLOCK";
}

/** Counts executions by their state at the end. */
class Tally {
  readonly #states = new Map<string, number>();
  readonly #variables: readonly Variable[];
  readonly #flags = new Set<string>();
  #positive = 0;
  #negative = 0;
  race = false;

  constructor(readonly test: Litmus) {
    this.#variables = stateVariables(test);
  }

  /** Always true: one execution is enough. */
  flag({ sections }: Execution): boolean {
    for (const flag of sections.flags) this.#flags.add(flag);
    return true;
  }

  /** Always false: the search goes on. */
  add(execution: Execution): boolean {
    const { look, judgement } = execution;
    const text = stateText(this.#variables, look);
    this.#states.set(text, (this.#states.get(text) ?? 0) + 1);
    if (conditionHolds(this.test, execution)) this.#positive++;
    else this.#negative++;
    this.race ||= judgement.race;
    this.flag(execution);
    return false;
  }

  decision(): Omit<Decision, "race" | "reason"> {
    const states = [...this.#states].map(([text, executions]) => ({ text, executions }));
    return {
      verdict: verdictOf(this.#positive > 0, this.#negative > 0),
      flags: [...this.#flags],
      states: states.sort((a, b) => (a.text < b.text ? -1 : 1)),
      positive: this.#positive,
      negative: this.#negative,
    };
  }
}

function conditionHolds({ condition }: Litmus, { look }: Execution): boolean {
  return holds(condition, look) === true;
}

/** A state as herd7 prints it. */
export function stateText(variables: readonly Variable[], look: Lookup): string {
  return variables
    .map((variable) => `${printVariable(variable)}=${printValue(look(variable) ?? 0)};`)
    .join(" ");
}

/** The variables of a state, as herd7 orders them: those of `locations` and of the condition, registers first. */
export function stateVariables(test: Litmus): Variable[] {
  const found = new Map<string, Variable>();
  for (const variable of [...test.locations, ...variablesOf(test.condition)])
    found.set(printVariable(variable), variable);
  const rank = ({ process }: Variable) => (process < 0 ? Number.MAX_SAFE_INTEGER : process);
  return [...found.values()].sort(
    (a, b) => rank(a) - rank(b) || (printVariable(a) < printVariable(b) ? -1 : 1),
  );
}
