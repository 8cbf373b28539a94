/**
 * Makes up races: the setup is the beginning of a program that ran the changed code, one CPU makes the operation that
 * did, and the others make operations that may meet it.
 */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { RaceForm, Scenario } from "../scenario/race.js";
import type { CheckedMachine } from "./checked-machine.js";
import type { Dice } from "./dice.js";
import { Generator } from "./generate.js";
import { type Guide, kindOf, rareHit } from "./guide.js";
import type { Kind } from "./kinds.js";
import { runProgram } from "./program.js";
import { finishOf } from "./race-words.js";
import { Values } from "./values.js";

/** Operations of a setup, at most: the last ones before the race. */
const MOST_SETUP = 24;
/** Swap of a race's machine, in pages. */
const SWAP = 32;
/** Kinds that belong to a CPU, or to the script: a setup has none of them. */
const NO_SETUP: ReadonlySet<string> = new Set<Kind | "check">([
  "cpu",
  "fail",
  "hold",
  "device",
  "release",
  "pin",
  "unpin",
]);
/** Kinds that no CPU of a race makes: a range of pins would be left behind. */
const NO_RACE: ReadonlySet<string> = new Set<Kind>(["cpu", "pin", "unpin", "mapStack", "brk"]);

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

/** Makes up a race. It runs the setup on the machine, to know what is there. Undefined: nothing came of this draw. */
export function makeRace(dice: Dice, machine: CheckedMachine, guide: Guide): RaceForm | undefined {
  const model = guide.model(dice);
  const at = model && rareHit(model, guide.runs, dice);
  const hit = at === undefined ? undefined : model?.operations[at];
  const before = at === undefined ? undefined : model?.operations.slice(0, at);
  const { setup, values } = runSetup(dice, machine, guide, before);
  const focus = hit !== undefined && "page" in hit && typeof hit.page === "number" ? hit.page : undefined;
  const generator = new Generator(dice, values, guide.liking, focus);
  generator.goOn([...setup, ...(hit === undefined ? [] : [hit])]);
  const count = dice.once(8) ? 3 : 2;
  const cpus: Operation[][] = [];
  for (let cpu = 0; cpu < count; cpu++) {
    const first = cpu === 0 && hit !== undefined && fits(hit, values) ? [hit] : [];
    // Few operations: two preemptions in long ones take thousands of executions.
    const most = first.length + (first.length > 0 ? (dice.once(4) ? 1 : 0) : dice.once(3) ? 2 : 1);
    cpus.push(operationsOf(generator, first, most, dice, guide, cpus.flat()));
  }
  if (cpus.some((operations) => operations.length === 0) || breaksRules(setup, cpus)) return undefined;
  return {
    ...{ boot: { swap: SWAP }, repeat: 1, setup },
    ...{ cpus: withoutDoubt(cpus, values), finish: finishOf(values, cpus) },
  };
}

/** The setup as it ran, and what it left. */
function runSetup(
  dice: Dice,
  machine: CheckedMachine,
  guide: Guide,
  before: readonly Operation[] | undefined,
): { readonly setup: readonly Operation[]; readonly values: Values } {
  let left = before === undefined ? 1 + dice.below(8) : dice.below(3);
  let values = new Values();
  let generator: Generator | undefined;
  const first = before?.filter(({ kind }) => !NO_SETUP.has(kind)).slice(-MOST_SETUP);
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
      return [];
    },
    undefined,
    "none",
  );
  return { setup: made, values };
}

/** Whether the process of an operation lives. */
function fits(operation: Operation, values: Values): boolean {
  return (
    !NO_RACE.has(operation.kind) &&
    (!isProcessOperation(operation) || values.processes.has(operation.process))
  );
}

/** Operations for one CPU. */
function operationsOf(
  generator: Generator,
  first: readonly Operation[],
  most: number,
  dice: Dice,
  guide: Guide,
  others: readonly Operation[],
): Operation[] {
  const operations = [...first];
  const liked = [...guide.liking.keys()].filter((kind) => !NO_RACE.has(kind));
  for (let tries = 0; operations.length < most && tries < 12; tries++) {
    const aimed = liked.length > 0 && dice.once(3);
    const unasked = first.length === 0 && dice.percent(40);
    const some = unasked
      ? generator.of(dice.pick(UNASKED))
      : aimed
        ? generator.of(dice.pick(liked))
        : generator.next();
    for (const one of some ?? []) {
      const kind = kindOf(one);
      if (kind === undefined || NO_RACE.has(kind)) continue;
      operations.push(one);
      // What a device stores, the pin must show in the end.
      if (one.kind === "hold" && one.write) {
        const value = 100n + BigInt(others.length + operations.length);
        operations.push({ kind: "device", process: one.process, value });
        operations.push({ kind: "release", process: one.process, value });
      }
    }
  }
  return operations;
}

/** Takes the word away from a `release` of a page that somebody else may store to: the pin may show that as well. */
function withoutDoubt(cpus: readonly (readonly Operation[])[], values: Values): Operation[][] {
  const all = cpus.flat();
  return cpus.map((operations) => {
    let page: number | undefined;
    return operations.map((one) => {
      if (one.kind === "hold") page = one.page;
      if (one.kind !== "release") return one;
      const isShared = page !== undefined && values.pagesOf(one.process)?.get(page)?.shared !== undefined;
      const stores = all.some(
        ({ kind, ...other }) => kind === "write" && "page" in other && other.page === page,
      );
      const maps = all.some(({ kind }) => kind === "mmap" || kind === "mremap");
      const holds = all.filter(({ kind }) => kind === "hold").length > 1;
      return isShared || stores || maps || holds ? { kind: one.kind, process: one.process } : one;
    });
  });
}

/** Only one CPU may end a process, and no other CPU may work in it then; a process is made once. */
function breaksRules(setup: readonly Operation[], cpus: readonly (readonly Operation[])[]): boolean {
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
