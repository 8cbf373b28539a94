/**
 * Makes up races: the setup is the beginning of a program that ran the changed code, one CPU makes the operation that
 * did, and the others make operations that may meet it.
 */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { RaceBoot, RaceForm, Scenario } from "../scenario/race.js";
import { type Alone, fatesOf, runAlone } from "./alone.js";
import { type Arrangement, arrange } from "./arrange.js";
import type { CheckedMachine } from "./checked-machine.js";
import type { Dice } from "./dice.js";
import { distil } from "./distil.js";
import { Generator } from "./generate.js";
import { type Guide, type Kept, kindOf, rareHit } from "./guide.js";
import { companiesOf, type Kind } from "./kinds.js";
import { stateOf } from "./page-states.js";
import { useOfPin, withoutDoubt } from "./pin-use.js";
import { runProgram } from "./program.js";
import { finishOf, lookAt } from "./race-words.js";
import type { Sequential } from "./sequential.js";
import { Values } from "./values.js";

/** Operations of a setup, at most: the last ones before the race. */
const MOST_SETUP = 24;
/** Swap of a race's machine, in pages; one in so many machines has only one or two. */
const SWAP = 32;
const SMALL_SWAP = 8;
/** Pages that reclaim is asked for, at most. */
const MOST_PAGES = 8;
/** Races in a hundred that are arranged, if they can be. */
const ARRANGED = 60;
/** In one of so many races the page that it is about is brought into some state before. */
const STATES = 3;
/** Operations of a CPU. */
const LENGTHS = [1, 1, 1, 2, 2, 3] as const;
/** Kinds that belong to a CPU, or to the script: a setup has none of them. */
const NO_SETUP: ReadonlySet<string> = new Set<Kind | "check" | "unregister">([
  "unregister",
  "cpu",
  "fail",
  "hold",
  "device",
  "release",
  "pin",
  "unpin",
  // What nobody supplies a CPU of a race waits for in vain.
  "register",
  "supply",
]);
/** Kinds that no CPU of a race makes: a range of pins would be left behind. */
const NO_RACE: ReadonlySet<string> = new Set<Kind>([
  "cpu",
  "pin",
  "unpin",
  "mapStack",
  "brk",
  "register",
  "supply",
]);

/** Kinds that nobody asks for: the system does them at any time, beside whatever runs. */
const UNASKED: readonly Kind[] = [
  "reclaim",
  "reclaim",
  "pageout",
  "compact",
  "migrate",
  "ksm",
  "scan",
  "swapoff",
];

/** The race in the form of a file. */
export function scenarioOf(form: RaceForm, title: string, story = ""): Scenario {
  return {
    name: "made-up",
    file: "made-up.race",
    title,
    story,
    source: "",
    watch: [],
    stress: form,
    explore: form,
  };
}

/** Makes up a race. It runs the setup on a machine, to know what is there. Undefined: nothing came of this draw. */
export function makeRace(dice: Dice, programs: Sequential): RaceForm | undefined {
  const { guide, machine } = programs;
  const model = guide.model(dice);
  const at = model && rareHit(model, guide.runs, dice);
  const hit = at === undefined ? undefined : model?.operations[at];
  const before = model && at !== undefined ? setupFor(dice, programs, model, at) : undefined;
  let arranged: Arrangement | undefined;
  let state: readonly Operation[] = [];
  const arrangeIn = (values: Values): readonly Operation[] => {
    const mayBe = hit === undefined || fits(hit, values);
    if (mayBe && dice.percent(ARRANGED)) arranged = arrange(dice, values, hit);
    if (dice.once(STATES)) state = stateOf(dice, values, hit);
    return [...(arranged?.setup ?? []), ...state];
  };
  const { made: ran, values } = runSetup(dice, machine, guide, before, arrangeIn);
  const settled = settling(dice);
  const setup = [...ran, ...(arranged?.crowd ?? []), ...settled];
  const focus = hit !== undefined && "page" in hit && typeof hit.page === "number" ? hit.page : undefined;
  const generator = new Generator(dice, values, guide.liking, focus);
  generator.goOn([...setup, ...(hit === undefined ? [] : [hit])]);
  const count = dice.once(8) ? 3 : 2;
  const kind = hit && kindOf(hit);
  const draw = new Draw(dice, generator, guide, kind === undefined ? [] : companiesOf(kind));
  const cpus: Operation[][] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    const given = arranged?.cpus[cpu];
    const first = cpu === 0 && hit !== undefined && fits(hit, values) ? [hit] : [];
    cpus.push(given !== undefined ? [...given] : draw.operations(first, cpus.flat()));
  }
  if (cpus.some((operations) => operations.length === 0) || breaksRules(setup, cpus)) return undefined;
  const runs = [...ran, ...settled];
  const sure = withoutLocks(withoutDoubt(cpus, values, storesOf(machine, runs, cpus)), setup, dice);
  const alone = sure.map((own) => runAlone(machine, runs, own));
  const looks = arranged?.looks || dice.once(2) ? withLooks(sure, alone, focus) : sure;
  // What reclaim has dropped wrongly is only missed when somebody looks again.
  const last = state.length > 0 || dice.once(3) ? [reclaim(MOST_PAGES), reclaim(MOST_PAGES)] : [];
  return {
    boot: bootOf(dice, arranged, [...setup, ...cpus.flat()].some(isFree)),
    repeat: 1,
    setup,
    cpus: looks,
    finish: [...last, ...finishOf(values, sure, fatesOf(alone))],
  };
}

/** What comes before the operation that ran changed code: all of it, or only what it takes to run that code. */
function setupFor(dice: Dice, programs: Sequential, { operations }: Kept, at: number): readonly Operation[] {
  const before = operations
    .slice(0, at)
    .filter(({ kind }) => !NO_SETUP.has(kind))
    .slice(-MOST_SETUP);
  const hit = operations[at];
  return hit === undefined || dice.once(4) ? before : distil(programs, before, hit);
}

/** `frees`: whether pages may be dropped instead of written. Then it has as much swap as the machine that knows its words. */
function bootOf(dice: Dice, arranged: Arrangement | undefined, frees: boolean): RaceBoot {
  // With one slot a page goes to the same one again. And freed objects become something else at once, or stay.
  const small = arranged?.swap ?? (dice.once(SMALL_SWAP) ? 1 + dice.below(2) : SWAP);
  const swap = frees ? SWAP : small;
  const returns = arranged?.returns ?? dice.once(4);
  return { swap, ...(returns && { slab: "returned" as const }) };
}

function isFree(one: Operation): boolean {
  return one.kind === "madvise" && one.advice === "free";
}

/** The stores that succeed when each CPU runs alone: withoutDoubt needs them to say what a pin must show. */
function storesOf(
  machine: CheckedMachine,
  setup: readonly Operation[],
  cpus: readonly (readonly Operation[])[],
): ReadonlySet<Operation> {
  if (!cpus.flat().some((one) => one.kind === "release" && one.value !== undefined)) return new Set();
  const bare = (one: Operation): Operation => {
    if (one.kind === "release") return { kind: one.kind, process: one.process };
    return one.kind === "expect" ? { kind: "read", process: one.process, page: one.page } : one;
  };
  return fatesOf(cpus.map((own) => runAlone(machine, setup, own.map(bare)))).done;
}

function reclaim(pages: number): Operation {
  return { kind: "reclaim", pages };
}

/** The end of a setup: pages leave the CPU's batch for the lists that others scan, and some of them grow old. */
function settling(dice: Dice): Operation[] {
  if (dice.once(4)) return [];
  return dice.once(4) ? [reclaim(0), reclaim(1 + dice.below(MOST_PAGES))] : [reclaim(0)];
}

/** Some scanners take no page lock, where no page can become a merged one: there they would need it. */
function withoutLocks(
  cpus: readonly (readonly Operation[])[],
  setup: readonly Operation[],
  dice: Dice,
): Operation[][] {
  const merges = [setup, ...cpus].flat().some(({ kind }) => kind === "ksm");
  const hold = !merges && dice.once(2) ? "unlocked" : "locked";
  return cpus.map((operations) => operations.map((one) => (one.kind === "scan" ? { ...one, hold } : one)));
}

/** Each CPU looks at the end at a page that the race is about. */
function withLooks(
  cpus: readonly (readonly Operation[])[],
  alone: readonly Alone[],
  focus: number | undefined,
): Operation[][] {
  return cpus.map((own, cpu) => {
    const last = own.findLast(
      (one) => isProcessOperation(one) && "page" in one && typeof one.page === "number",
    );
    if (last === undefined || !isProcessOperation(last) || !("page" in last)) return [...own];
    const covers =
      "pages" in last && focus !== undefined && focus >= +last.page && focus < +last.page + last.pages;
    const page = covers ? focus : +last.page;
    const { values } = alone[cpu] as Alone;
    const look = lookAt(last.process, page, values, own, cpus.filter((_, other) => other !== cpu).flat());
    return look === undefined ? [...own] : [...own, look];
  });
}

/** The setup as it ran, and what it left. `last` gives the last operations, by what the others left. */
function runSetup(
  dice: Dice,
  machine: CheckedMachine,
  guide: Guide,
  before: readonly Operation[] | undefined,
  last: (values: Values) => readonly Operation[],
): { readonly made: readonly Operation[]; readonly values: Values } {
  let left = before === undefined ? 1 + dice.below(8) : dice.below(3);
  let values = new Values();
  let generator: Generator | undefined;
  let ended = false;
  const first = before;
  const mayBe = (operations: readonly Operation[]) => operations.filter((one) => !NO_SETUP.has(one.kind));
  // Its symptom is none of this function's business: the same was run as a program before.
  const { made } = runProgram(
    machine,
    (now) => {
      values = now;
      if (generator === undefined) {
        generator = new Generator(dice, now, guide.liking);
        if (first !== undefined) generator.goOn(first);
        return first !== undefined && first.length > 0 ? first : generator.begin();
      }
      for (; left > 0; left--) {
        const some = mayBe(generator.next());
        if (some.length > 0) {
          left--;
          return some;
        }
      }
      if (ended) return [];
      ended = true;
      return last(now);
    },
    undefined,
    "none",
  );
  return { made, values };
}

/** Whether the process of an operation lives. */
function fits(operation: Operation, values: Values): boolean {
  return (
    !NO_RACE.has(operation.kind) &&
    (!isProcessOperation(operation) || values.processes.has(operation.process))
  );
}

/** Draws the operations of CPUs. */
class Draw {
  readonly #dice: Dice;
  readonly #generator: Generator;
  readonly #liked: readonly Kind[];
  readonly #companies: readonly (readonly Kind[])[];

  /** `companies`: groups of kinds that the first CPU's operation is in. */
  constructor(dice: Dice, generator: Generator, guide: Guide, companies: readonly (readonly Kind[])[]) {
    this.#dice = dice;
    this.#generator = generator;
    this.#liked = [...guide.liking.keys()].filter((kind) => !NO_RACE.has(kind));
    this.#companies = companies;
  }

  /** Those of one CPU: `first`, and others behind it, sometimes before it. */
  operations(first: readonly Operation[], others: readonly Operation[]): Operation[] {
    const dice = this.#dice;
    // Few operations: two preemptions in long ones take thousands of executions.
    const most = first.length > 0 ? (dice.once(3) ? 1 : 0) : dice.pick(LENGTHS);
    const drawn = this.#some(most, first.length === 0, others.length + first.length);
    return dice.once(3) ? [...drawn, ...first] : [...first, ...drawn];
  }

  #some(most: number, mayBeUnasked: boolean, before: number): Operation[] {
    const operations: Operation[] = [];
    for (let tries = 0; operations.length < most && tries < 12; tries++) {
      for (const one of this.#next(mayBeUnasked) ?? []) {
        const kind = kindOf(one);
        if (kind === undefined || NO_RACE.has(kind)) continue;
        operations.push(one);
        if (one.kind === "hold")
          operations.push(...useOfPin(this.#dice, one, 100n + BigInt(before + operations.length)));
      }
    }
    return operations;
  }

  #next(mayBeUnasked: boolean): Operation[] | undefined {
    const dice = this.#dice;
    if (mayBeUnasked && dice.percent(35)) return this.#generator.of(dice.pick(UNASKED));
    if (this.#companies.length > 0 && dice.once(2))
      return this.#generator.of(dice.pick(dice.pick(this.#companies)));
    if (this.#liked.length > 0 && dice.once(3)) return this.#generator.of(dice.pick(this.#liked));
    return this.#generator.next();
  }
}

/**
 * Only one CPU may end a process, and no other CPU may work in it then; a process is made once. A CPU remembers only its last
 * pin, so it takes none while it has one: the first CPU has that of the setup.
 */
function breaksRules(setup: readonly Operation[], cpus: readonly (readonly Operation[])[]): boolean {
  if (cpus.some((own, cpu) => holdsTwice(cpu === 0 ? [...setup, ...own] : own))) return true;
  const made = new Set(setup.flatMap((operation) => (operation.kind === "fork" ? [operation.child] : [])));
  for (const [cpu, operations] of cpus.entries()) {
    for (const [index, operation] of operations.entries()) {
      if (operation.kind === "fork") {
        if (made.has(operation.child)) return true;
        made.add(operation.child);
      }
      if (operation.kind !== "exit") continue;
      const { process } = operation;
      const later = operations.slice(index + 1);
      const others = cpus.filter((_, other) => other !== cpu).flat();
      if ([...later, ...others].some((one) => isProcessOperation(one) && one.process === process))
        return true;
    }
  }
  return false;
}

function holdsTwice(operations: readonly Operation[]): boolean {
  let holds = false;
  return operations.some(({ kind }) => {
    const twice = kind === "hold" && holds;
    if (kind === "hold" || kind === "release") holds = kind === "hold";
    return twice;
  });
}
