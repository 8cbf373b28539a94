/** How a folder answers otherwise than the engine as it is: the same program on both, one operation after the other. */

import { minimise } from "../ops/minimise.js";
import { isProcessOperation, type Operation } from "../ops/operation.js";
import { printOperation } from "../ops/print.js";
import type { CheckedMachine } from "./checked-machine.js";

/** A program that ends differently. It is no finding: a change may be meant to do that. */
export interface Difference {
  /** The script up to the operation that ends differently, as small as it could be made. */
  readonly program: string;
  /** That operation, and both answers. */
  readonly text: string;
  /** Its kind: one example of each is kept. */
  readonly kind: Operation["kind"];
}

/** The most programs that shrinking runs. */
const MOST_RUNS = 400;

/** The first operation that ends differently. */
interface Parted {
  readonly at: number;
  readonly text: string;
  /** Both answers: another pair is another difference. */
  readonly answers: string;
}

/**
 * The difference that a program shows, shrunk; undefined: there is none. Both machines are of one shape. Nothing is
 * wrong with the program on either of them.
 */
export function differenceIn(
  folder: CheckedMachine,
  mainline: CheckedMachine,
  operations: readonly Operation[],
): Difference | undefined {
  const part = (list: readonly Operation[]) => parted(folder, mainline, list);
  const first = part(operations);
  if (first === undefined) return undefined;
  const upTo = operations.slice(0, first.at + 1);
  const { kind } = upTo[first.at] as Operation;
  const same = (list: readonly Operation[]): boolean => {
    const found = part(list);
    return found?.answers === first.answers && list[found.at]?.kind === kind;
  };
  const small = minimise(upTo, same, { maxTests: MOST_RUNS });
  const found = part(small);
  const { at, text } = found ?? first;
  const shown = (found === undefined ? upTo : small).slice(0, at + 1);
  return { program: `${shown.map(printOperation).join("\n")}\n`, text, kind };
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
      const [here, there] = [folder.run(operation), mainline.run(operation)];
      // Most values are addresses, or numbers of pages that were looked at.
      const reads = operation.kind === "read" && here.result === 0 && there.result === 0;
      if (here.result !== there.result || (reads && here.value !== there.value)) {
        const [a, b] = reads ? [here.value, there.value] : [here.result, there.result];
        return {
          at,
          answers: `${a} ${b}`,
          text: `\`${printOperation(operation)}\` gives ${a}, the engine as it is ${b}`,
        };
      }
      if (operation.kind === "fork" && here.result === 0) living.add(operation.child);
      if (operation.kind === "exit") living.delete(operation.process);
    }
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return undefined;
}
