/** Runs one program on a machine, and says whether anything is wrong with what came of it. */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { CheckedMachine, Symptom } from "./checked-machine.js";
import { Values } from "./values.js";

/** What a program came to. */
export interface Outcome {
  /** What ran, in order: those of the program, and at the end reads of all that it left. */
  readonly operations: readonly Operation[];
  /** What is broken; undefined: nothing. */
  readonly symptom: Symptom | undefined;
}

/** Gives the operations of a program: the next ones, or none when it has ended. */
export type Source = (values: Values) => readonly Operation[];

/** The word that a device stores at the end of a program, for the first pin; others follow. */
const LAST_WORD = 1_000_000n;

/**
 * Runs a program, then looks at all that it left, ends it, and looks whether anything outlives it. `onOperation` is
 * called after each operation.
 */
export function runProgram(
  machine: CheckedMachine,
  source: Source,
  onOperation?: (operation: Operation) => void,
): Outcome {
  const values = new Values();
  const operations: Operation[] = [];
  /** Runs one; returns what is wrong with it. */
  const step = (operation: Operation): Symptom | undefined => {
    operations.push(operation);
    const message = values.follow(operation, machine.run(operation));
    onOperation?.(operation);
    return message === undefined ? undefined : { invariant: "CONTENT", code: "CONTENT", message };
  };
  machine.restore();
  try {
    for (let some = source(values); some.length > 0; some = source(values)) {
      for (const operation of some) {
        const symptom = step(operation);
        if (symptom !== undefined) return { operations, symptom };
      }
    }
    machine.check();
    for (const operation of lastLook(values)) {
      const symptom = step(operation);
      if (symptom !== undefined) return { operations, symptom };
    }
    const left = machine.end([...values.processes.keys()].reverse());
    if (left === "") return { operations, symptom: undefined };
    const message = `all processes have ended, and these are left: ${left}`;
    return { operations, symptom: { invariant: "LEAK", code: "LEAK", message } };
  } catch (error) {
    return { operations, symptom: machine.symptom(error) };
  }
}

/** Runs a list of operations as a program. Those of processes that do not live are left out. */
export function runList(machine: CheckedMachine, list: readonly Operation[]): Outcome {
  let rest: readonly Operation[] = list;
  return runProgram(machine, () => {
    const now = rest;
    rest = [];
    return now;
  });
}

/** Operations that look at all that is there: first through the pins, then at every page of every process. */
function* lastLook(values: Values): Generator<Operation> {
  let word = LAST_WORD;
  for (const [process, { page, of }] of values.held) {
    yield { kind: "device", process, value: word++ };
    if (of !== undefined && values.pagesOf(process)?.get(page) === of) yield { kind: "read", process, page };
    yield { kind: "release", process };
  }
  for (const { process, page } of [...values.pinned]) yield { kind: "unpin", process, page, pages: 1 };
  for (const [process, pages] of values.processes)
    for (const [page, { known }] of pages) if (known) yield { kind: "read", process, page };
}

/** The processes that a list names. */
export function processesOf(operations: readonly Operation[]): number[] {
  const found = new Set([0]);
  for (const operation of operations) if (isProcessOperation(operation)) found.add(operation.process);
  return [...found];
}
