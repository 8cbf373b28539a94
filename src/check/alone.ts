/** What the operations of a race's CPU do with nobody beside them. */

import type { Operation } from "../ops/operation.js";
import type { CheckedMachine } from "./checked-machine.js";
import type { Fates } from "./race-words.js";
import { Values } from "./values.js";

/** What is left, and how the operations that matter for words ended. */
export interface Alone extends Fates {
  readonly values: Values;
}

/** Runs a setup, then a CPU's own operations. Where the engine traps, it says nothing about the operations from there on. */
export function runAlone(
  machine: CheckedMachine,
  setup: readonly Operation[],
  own: readonly Operation[],
): Alone {
  const values = new Values();
  const done = new Set<Operation>();
  const refused = new Set<Operation>();
  const { layout } = machine;
  const segv = -(layout.constant("SIGNAL_BASE") + layout.constant("SIGSEGV"));
  machine.restore();
  const follow = (operation: Operation): number => {
    const answer = machine.run(operation);
    // What a read finds here, another one may find otherwise: a page that may be dropped is, or is not.
    if (operation.kind !== "read") values.follow(operation, answer);
    return answer.result;
  };
  try {
    for (const operation of setup) follow(operation);
    for (const operation of own) {
      const result = follow(operation);
      if (result === 0) done.add(operation);
      else if (result === segv) refused.add(operation);
    }
  } catch (error) {
    machine.symptom(error);
  }
  return { values, done, refused };
}

/** How operations end, by what each CPU did alone. Nobody can tell of one that was there twice and ended in both ways. */
export function fatesOf(alone: readonly Alone[]): Fates {
  const done = new Set(alone.flatMap((one) => [...one.done]));
  const refused = new Set(alone.flatMap((one) => [...one.refused]));
  const isDouble = (operation: Operation): boolean => done.has(operation) && refused.has(operation);
  const double = [...done].filter(isDouble);
  for (const operation of double) {
    done.delete(operation);
    refused.delete(operation);
  }
  return { done, refused };
}
