/** Runs one program on a machine, and says whether anything is wrong with what came of it. */

import { lockedAway } from "../inspect/locked.js";
import { Inspector } from "../inspect/memory.js";
import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Answer, CheckedMachine, Symptom } from "./checked-machine.js";
import { Values, type WrongWord } from "./values.js";

/** The result of a program. */
export interface Outcome {
  /** What ran, in order: those of the program, and at the end reads of all that it left. */
  readonly operations: readonly Operation[];
  /** Those of the program. */
  readonly made: readonly Operation[];
  /** What is broken; undefined: nothing. */
  readonly symptom: Symptom | undefined;
}

/** Gives the operations of a program: the next ones, or none when it has ended. */
export type Source = (values: Values) => readonly Operation[];

/** A program that is known from the beginning. */
export function sourceOf(operations: readonly Operation[]): Source {
  let rest = operations;
  return () => {
    const now = rest;
    rest = [];
    return now;
  };
}

/**
 * What to look at when a program has run. all: every page and pin that it left, the invariants, and what outlives it.
 * out: the same, after all pages that can have gone out. rules: not the pages, because the program itself reads those that matter; pins that are left are dropped. none: nothing.
 */
export type Look = "all" | "out" | "rules" | "none";

/** The word that a device stores at the end of a program, for the first pin; others follow. */
const LAST_WORD = 1_000_000n;
/** Empty pages of a process that are looked at in the end. */
const MOST_EMPTY = 40;

/**
 * Runs a program, then looks at all that it left, ends it, and looks whether anything outlives it. `onOperation` is
 * called after each operation, and `onBegin` before it. `onMade` is called when the program has ended and nothing is wrong
 * so far, with its operations and their answers: the machine is as the program left it. `look` says at what to look.
 */
export function runProgram(
  machine: CheckedMachine,
  source: Source,
  onOperation?: (operation: Operation) => void,
  look: Look = "all",
  onBegin?: (operation: Operation) => void,
  onMade?: (operations: readonly Operation[], answers: readonly Answer[]) => void,
): Outcome {
  const values = new Values();
  const operations: Operation[] = [];
  const answers: Answer[] = [];
  const rules = new Rules(values, machine);
  /** Runs one; returns what is wrong with it. */
  const step = (given: Operation): Symptom | undefined => {
    const operation = asRead(given);
    operations.push(operation);
    onBegin?.(operation);
    const answer = machine.run(operation);
    answers.push(answer);
    const wrong = values.follow(operation, answer);
    onOperation?.(operation);
    // Where frames hold nothing, a read finds nothing.
    if (wrong === undefined || !machine.hasWords) return undefined;
    operations[operations.length - 1] = asExpected(operation, wrong);
    return { invariant: "CONTENT", code: "CONTENT", message: wrong.message };
  };
  let made = 0;
  const outcome = (symptom: Symptom | undefined): Outcome => {
    return { operations, made: operations.slice(0, made), symptom };
  };
  machine.restore();
  try {
    for (let some = source(values); some.length > 0; some = source(values)) {
      for (const operation of some) {
        if (!rules.allow(operation)) continue;
        made++;
        const symptom = step(operation);
        if (symptom !== undefined) return outcome(symptom);
      }
    }
    machine.flush();
    onMade?.(operations, answers);
    if (look === "none") return outcome(undefined);
    machine.check();
    const stale = machine.stale();
    if (stale !== undefined) return outcome({ invariant: "CONTENT", code: "CONTENT", message: stale });
    if (locksAll(operations, answers)) {
      const message = lockedAway(new Inspector(machine.control));
      if (message !== undefined) return outcome({ invariant: "LOCKED", code: "LOCKED", message });
    }
    for (const operation of look === "rules" ? lastReleases(values) : lastLook(values, look === "out")) {
      const symptom = step(operation);
      if (symptom !== undefined) return outcome(symptom);
    }
    const left = machine.end([...values.processes.keys()].reverse());
    if (left === "") return outcome(undefined);
    const message = `all processes have ended, and these are left: ${left}`;
    return outcome({ invariant: "LEAK", code: "LEAK", message });
  } catch (error) {
    return outcome(machine.symptom(error));
  }
}

/** Whether there are mlocks, all have succeeded, and no mapping was moved: then their pages must be in memory. */
function locksAll(operations: readonly Operation[], answers: readonly Answer[]): boolean {
  if (operations.some(({ kind }) => kind === "mremap")) return false;
  const results = answers.flatMap(({ result }, at) => (operations[at]?.kind === "mlock" ? [result] : []));
  return results.length > 0 && results.every((result) => result === 0);
}

/** The form of a read or a release that says itself what must be there. */
function asExpected(operation: Operation, { wanted, other }: WrongWord): Operation {
  if (operation.kind === "release") return { ...operation, value: wanted };
  if (operation.kind !== "read") return operation;
  return { kind: "expect", process: operation.process, page: operation.page, value: wanted, other };
}

/** The same without what must be there: that is found out anew. */
function asRead(operation: Operation): Operation {
  const { kind } = operation;
  if (kind === "expect") return { kind: "read", process: operation.process, page: operation.page };
  if (kind === "release" && operation.value !== undefined) return { kind, process: operation.process };
  return operation;
}

/** Runs a list of operations as a program. Those of processes that do not live are left out. The rest is as runProgram. */
export function runList(
  machine: CheckedMachine,
  list: readonly Operation[],
  onOperation?: (operation: Operation) => void,
  onBegin?: (operation: Operation) => void,
): Outcome {
  return runProgram(machine, sourceOf(list), onOperation, "rules", onBegin);
}

/** Whether operations break nothing on a machine, with the words that they expect themselves. */
export function isQuiet(machine: CheckedMachine, operations: readonly Operation[]): boolean {
  machine.restore();
  try {
    for (const operation of operations) machine.run(operation);
    return true;
  } catch (error) {
    machine.symptom(error);
    return false;
  }
}

/** Reclaim of more pages than a machine has frames. */
const ALL: Operation = { kind: "reclaim", pages: 64 };

/**
 * Operations that look at all that is there: first through the pins, then at every page of every process. `isOut`: between
 * the two reclaim comes, twice, because it gives pages a second chance. A mark that was lost shows as a word that is lost.
 */
function* lastLook(values: Values, isOut: boolean): Generator<Operation> {
  let word = LAST_WORD;
  for (const [process, { page, write, of }] of values.held) {
    const isThere = of !== undefined && values.pagesOf(process)?.get(page) === of;
    if (write) yield { kind: "device", process, value: word++ };
    else if (isThere) yield { kind: "write", process, page, value: word++ };
    if (write && isThere) yield { kind: "read", process, page };
    yield { kind: "release", process };
  }
  for (const { process, page } of [...values.pinned]) yield { kind: "unpin", process, page, pages: 1 };
  if (isOut) yield* [ALL, ALL];
  for (const [process, pages] of values.processes) {
    let empty = 0;
    for (const [page, { known, value }] of pages) {
      // Of a large mapping most pages were never used.
      if (known && (value !== 0n || empty++ < MOST_EMPTY)) yield { kind: "read", process, page };
    }
  }
}

/** Operations that drop the pins that are left: a pin that nobody drops outlives everything, and is nobody's fault. */
function* lastReleases(values: Values): Generator<Operation> {
  for (const process of [...values.held.keys()]) yield { kind: "release", process };
  for (const { process, page } of [...values.pinned]) yield { kind: "unpin", process, page, pages: 1 };
}

/** Which operations a program may have at a point: some would break its own rules, and not the engine's. */
class Rules {
  readonly #values: Values;
  readonly #machine: CheckedMachine;
  readonly #used = new Set([0]);

  constructor(values: Values, machine: CheckedMachine) {
    this.#values = values;
    this.#machine = machine;
  }

  allow(operation: Operation): boolean {
    if (!isProcessOperation(operation)) return true;
    const { held, processes } = this.#values;
    const { kind, process } = operation;
    // A CPU remembers one pin, whoever took it.
    if (kind === "release") return held.has(process);
    // A device that only reads does not store.
    if (kind === "device") return held.get(process)?.write === true;
    if (kind === "unpin") return true;
    if (!processes.has(process)) return false;
    const cpu = this.#machine.cpuOf(process);
    if (kind === "hold") return ![...held.keys()].some((holder) => this.#machine.cpuOf(holder) === cpu);
    if (kind === "cpu") return !held.has(process);
    if (kind !== "fork") return true;
    const isNew = !this.#used.has(operation.child);
    this.#used.add(operation.child);
    return isNew;
  }
}
