/** What can run scripts: the model, or the engine. */
import type { Operation } from "../src/ops/operation.js";
import type { Answer, Dump, Outcome } from "../src/ops/outcome.js";

/** Something that starts with an empty process 0 and runs operations. */
export interface Machine {
  /** Runs operations in order. One outcome for each operation that is not `dump`. */
  run(ops: readonly Operation[]): readonly Outcome[];
  /** A snapshot of now; `at` counts the operations run so far. */
  dump(): Dump;
  /** Ends the machine. */
  close?(): void;
}

/** Runs a whole script with its dumps. */
export function answer(machine: Machine, ops: readonly Operation[]): Answer {
  const results: Outcome[] = [];
  const dumps: Dump[] = [];
  let from = 0;
  ops.forEach((op, i) => {
    if (op.kind !== "dump") return;
    results.push(...machine.run(ops.slice(from, i)));
    dumps.push(machine.dump());
    from = i + 1;
  });
  results.push(...machine.run(ops.slice(from)));
  return { results, dumps };
}
