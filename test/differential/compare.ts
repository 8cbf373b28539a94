/** Runs a script on several machines and the model at once, and compares after every operation. */

import type { Machine } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import type { Operation } from "../../src/ops/operation.js";
import type { Dump, DumpProcess } from "../../src/ops/outcome.js";
import { printOperation } from "../../src/ops/print.js";
import { compareDumps } from "../support/disagreement.js";

/** A machine and what it is called. */
export interface Named {
  readonly name: string;
  readonly machine: Machine;
}

/** The first operation after which a machine differs from the model, and in what; null when there is none. */
export function firstDifference(machines: readonly Named[], ops: readonly Operation[]): string | null {
  const model = new Model();
  for (const [index, op] of ops.entries()) {
    if (op.kind === "dump") continue;
    const [expected = 0] = model.run([op]);
    const snapshot = model.dump();
    for (const { name, machine } of machines) {
      const [outcome = 0] = machine.run([op]);
      const differences = outcome === expected ? [] : [`answers ${outcome}, expected ${expected}`];
      const dump = machine.dump();
      if (differences.length === 0 && sameDump(dump, snapshot)) continue;
      const lines = [...differences, ...compareDumps(dump, snapshot)].map((line) => `  ${line}`);
      return [`${name} after operation ${index} (${printOperation(op)}):`, ...lines].join("\n");
    }
  }
  return null;
}

/** Whether two snapshots are equal; isDeepStrictEqual says the same and takes longer than all the rest. */
function sameDump(a: Dump, b: Dump): boolean {
  const processes = Object.keys(a.procs);
  if (a.at !== b.at || processes.length !== Object.keys(b.procs).length) return false;
  return processes.every((p) => sameProcess(a.procs[p], b.procs[p]));
}

function sameProcess(a: DumpProcess | undefined, b: DumpProcess | undefined): boolean {
  return a !== undefined && b !== undefined && sameRows(a.vmas, b.vmas) && sameRows(a.pages, b.pages);
}

function sameRows(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  if (a.length !== b.length) return false;
  for (let row = 0; row < a.length; row++) {
    const [left = [], right = []] = [a[row], b[row]];
    if (left.length !== right.length) return false;
    for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  }
  return true;
}
