/** Makes a program that shows something smaller: fewer operations, processes, CPUs and pages, and smaller numbers. */

import { minimise } from "../ops/minimise.js";
import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { CheckedMachine, Symptom } from "./checked-machine.js";
import { type Outcome, runList } from "./program.js";

/** The most programs that shrinking runs, for each of its steps. */
const MOST_RUNS = 3000;

/** A program that shows a symptom, as small as this could make it. */
export interface Shrunk {
  readonly operations: readonly Operation[];
  readonly symptom: Symptom;
  /** False when the program does not show the symptom on this machine. */
  readonly isShown: boolean;
}

/** The same symptom, told the same way: another broken rule is another finding. */
function isSame(wanted: Symptom, found: Symptom | undefined): boolean {
  return found?.invariant === wanted.invariant && found.code === wanted.code;
}

/** Shrinks a program that shows `wanted`. The same input gives the same result. */
export function shrinkProgram(
  machine: CheckedMachine,
  operations: readonly Operation[],
  wanted: Symptom,
): Shrunk {
  const run = (list: readonly Operation[]): Outcome => runList(machine, list);
  const fails = (list: readonly Operation[]): boolean => isSame(wanted, run(list).symptom);
  let best: readonly Operation[] = operations;
  if (!fails(best)) return { operations, symptom: wanted, isShown: false };
  let size = Number.POSITIVE_INFINITY;
  // What is simpler may let more go, and the other way round.
  while (weight(best) < size) {
    size = weight(best);
    best = minimise(best, fails, { maxTests: MOST_RUNS });
    best = simplify(best, fails);
  }
  const { operations: last, symptom } = run(best);
  return { operations: last, symptom: symptom ?? wanted, isShown: true };
}

/** Tries simpler forms of each operation, as long as the program still fails. */
function simplify(
  operations: readonly Operation[],
  fails: (list: readonly Operation[]) => boolean,
): readonly Operation[] {
  let best = operations;
  for (const rename of renamings(best)) {
    const candidate = best.map(rename);
    if (weight(candidate) < weight(best) && fails(candidate)) best = candidate;
  }
  for (let at = 0; at < best.length; at++) {
    for (const simpler of simplerThan(best[at] as Operation)) {
      const candidate = [...best.slice(0, at), simpler, ...best.slice(at + 1)];
      if (weight(candidate) < weight(best) && fails(candidate)) best = candidate;
    }
  }
  return best;
}

/** How much there is to read: operations first, then the numbers in them. */
function weight(operations: readonly Operation[]): number {
  let sum = 0;
  for (const operation of operations) {
    sum += 10_000;
    for (const value of Object.values(operation)) {
      if (typeof value === "number") sum += Math.min(value, 300);
      else if (typeof value === "bigint") sum += Number(value > 200n ? 200n : value);
      else if (value === true || value === "none" || value === "r") sum += 5;
    }
  }
  return sum;
}

/** Changes of all operations at once: a process gets a smaller number, or all pages move down. */
function* renamings(operations: readonly Operation[]): Generator<(operation: Operation) => Operation> {
  const forked = operations.flatMap((operation) => (operation.kind === "fork" ? [operation.child] : []));
  const names = new Map([0, ...forked].map((process, index) => [process, index] as const));
  yield (operation) => renamed(operation, names);
  for (let by = 1; by <= 4; by *= 2)
    for (let from = 0; from < 1300; from = from < 50 ? from + 1 : from + 50)
      yield (operation) => moved(operation, from, by);
}

function renamed(operation: Operation, names: ReadonlyMap<number, number>): Operation {
  if (!isProcessOperation(operation)) return operation;
  const process = names.get(operation.process) ?? operation.process;
  if (operation.kind !== "fork") return { ...operation, process };
  return { ...operation, process, child: names.get(operation.child) ?? operation.child };
}

/** An operation whose pages from `from` on lie lower. */
function moved(operation: Operation, from: number, by: number): Operation {
  const lower = (page: number): number => (page >= from + by ? page - by : page);
  if (!("page" in operation) || typeof operation.page !== "number") return operation;
  const page = lower(operation.page);
  if (operation.kind === "mremap" && typeof operation.to === "number")
    return { ...operation, page, to: lower(operation.to) };
  return { ...operation, page };
}

/** Simpler forms of one operation. */
function* simplerThan(operation: Operation): Generator<Operation> {
  if ("pages" in operation && operation.pages > 1) {
    for (const pages of [1, 2, operation.pages - 1]) {
      if (pages >= operation.pages) continue;
      if (operation.kind === "mremap")
        yield { ...operation, pages, newPages: Math.max(1, operation.newPages + pages - operation.pages) };
      yield { ...operation, pages };
    }
  }
  switch (operation.kind) {
    case "mremap":
      if (operation.keep) yield { ...operation, keep: false };
      if (operation.newPages > 1) yield { ...operation, newPages: operation.newPages - 1 };
      return;
    case "mmap":
      if (operation.stack) yield { ...operation, stack: false };
      if (operation.prot !== "rw") yield { ...operation, prot: "rw" };
      if (operation.shared || operation.backing !== "anon")
        yield { ...operation, shared: false, backing: "anon" };
      if (typeof operation.backing === "number" && operation.backing > 0) yield { ...operation, backing: 0 };
      return;
    case "fail":
      if (operation.after > 1) yield { ...operation, after: operation.after - 1 };
      return;
    case "write":
      for (const value of [1n, 2n, 3n]) if (value < operation.value) yield { ...operation, value };
      return;
    case "device":
      if (operation.value > 9n) yield { ...operation, value: 9n };
      return;
    case "touch":
    case "pin":
      if (operation.write) yield { ...operation, write: false };
      return;
    default:
      return;
  }
}
