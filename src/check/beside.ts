/** How a folder answers otherwise than the engine as it is: the same program on both, one operation after the other. */

import { minimise } from "../ops/minimise.js";
import { isProcessOperation, type Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import type { Answer, CheckedMachine } from "./checked-machine.js";
import { stateDifference } from "./state.js";
import { isSameLayout } from "./state-looks.js";

/** A program that ends differently. It is no finding: a change may be meant to do that. */
export interface Difference {
  /** The script up to the operation that ends differently, as small as it could be made. */
  readonly program: string;
  /** That operation and both answers; or what is in memory at the end of the program. */
  readonly text: string;
  /** The operation's kind, or the field: one example of each is kept. */
  readonly kind: string;
}

/** The most programs that shrinking runs. */
const MOST_RUNS = 400;

/** The first operation that ends differently, or what is different in memory. */
export interface Parted {
  /** The operation; the last one for a difference in memory. */
  readonly at: number;
  /** False: what is in memory differs. */
  readonly isAnswer: boolean;
  readonly kind: string;
  readonly text: string;
  /** Both answers, or the field: another one is another difference. */
  readonly answers: string;
}

/** Operations whose value says what they did. Most other values are addresses. */
const VALUES: ReadonlySet<string> = new Set(["read", "reclaim", "writeback", "compact", "migrate"]);

/**
 * The difference that a program shows, shrunk unless its kind is in `known`; undefined: there is none. Both machines are
 * of one shape. Nothing is wrong with the program on either of them.
 */
export function differenceIn(
  folder: CheckedMachine,
  mainline: CheckedMachine,
  operations: readonly Operation[],
  known: ReadonlySet<string> = new Set(),
): Difference | undefined {
  const part = (list: readonly Operation[]) => parted(folder, mainline, list);
  const first = part(operations);
  if (first === undefined) return undefined;
  if (known.has(first.kind)) return { program: "", text: first.text, kind: first.kind };
  const same = (list: readonly Operation[]): boolean => {
    const found = part(list);
    return found?.answers === first.answers && found.kind === first.kind;
  };
  const upTo = operations.slice(0, first.at + 1);
  const small = minimise(upTo, same, { maxTests: MOST_RUNS });
  const found = part(small);
  const { at, text, kind } = found ?? first;
  const shown = (found === undefined ? upTo : small).slice(0, at + 1);
  return { program: `${shown.map(printOperation).join("\n")}\n`, text, kind };
}

/**
 * How a machine that has just run these operations, with these answers, differs from the engine as it is. Runs them
 * there. A trap there ends the comparison.
 */
export function partedFrom(
  machine: CheckedMachine,
  mainline: CheckedMachine,
  operations: readonly Operation[],
  answers: readonly Answer[],
): Parted | undefined {
  mainline.restore();
  try {
    for (const [at, operation] of operations.entries()) {
      const found = differ(operation, at, answers[at] as Answer, mainline.run(operation));
      if (found !== undefined) return found;
    }
    mainline.flush();
  } catch (error) {
    mainline.symptom(error);
    return undefined;
  }
  return apart(machine, mainline, operations.length - 1);
}

/** Runs a program on both. A trap ends the comparison: that is another part's finding. */
function parted(
  folder: CheckedMachine,
  mainline: CheckedMachine,
  operations: readonly Operation[],
): Parted | undefined {
  folder.restore();
  mainline.restore();
  const living = new Set([0]);
  try {
    for (const [at, operation] of operations.entries()) {
      if (isProcessOperation(operation) && !living.has(operation.process)) continue;
      const here = folder.run(operation);
      const found = differ(operation, at, here, mainline.run(operation));
      if (found !== undefined) return found;
      if (operation.kind === "fork" && here.result === 0) living.add(operation.child);
      if (operation.kind === "exit") living.delete(operation.process);
    }
    folder.flush();
    mainline.flush();
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    return undefined;
  }
  return apart(folder, mainline, operations.length - 1);
}

/** Two answers to an operation that are not the same. */
function differ(operation: Operation, at: number, here: Answer, there: Answer): Parted | undefined {
  const { kind } = operation;
  const [one, other] =
    here.result === there.result && here.result === 0 && VALUES.has(kind)
      ? [here.value, there.value]
      : [here.result, there.result];
  if (one === other) return undefined;
  const text = `\`${printOperation(operation)}\` gives ${one}, the engine as it is ${other}`;
  return { at, isAnswer: true, kind, text, answers: `${one} ${other}` };
}

/** What two machines hold differently after the last operation, or what kswapd and the flusher did otherwise. */
function apart(folder: CheckedMachine, mainline: CheckedMachine, at: number): Parted | undefined {
  if (folder.turns !== mainline.turns) {
    const text = "kswapd, the flusher or a touch ends otherwise than in the engine as it is";
    return { at, isAnswer: false, kind: "turns", text, answers: `${folder.turns}, ${mainline.turns}` };
  }
  if (!isSameLayout(folder.layout, mainline.layout) || folder.isLike(mainline)) return undefined;
  const found = stateDifference(folder.control, mainline.control);
  return (
    found && {
      at,
      isAnswer: false,
      kind: found.field,
      text: `at the end ${found.text}`,
      answers: found.field,
    }
  );
}
