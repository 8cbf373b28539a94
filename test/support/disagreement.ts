/** Compares a machine with the model over random scripts, and tells the first difference of the shortest script. */
import { isDeepStrictEqual } from "node:util";
import { type GenerateOptions, generate, type Profile, RECORDED_PROFILES } from "../../model/generate.js";
import type { Machine } from "../../model/machine.js";
import { Model } from "../../model/model.js";
import { minimise } from "../../src/ops/minimise.js";
import type { Operation } from "../../src/ops/operation.js";
import { type Dump, type DumpProcess, type Outcome, printDump } from "../../src/ops/outcome.js";
import { printOperation, printScript } from "../../src/ops/print.js";

/** A disagreement. */
export interface Disagreement {
  /** Index of the first operation after which the two differ. */
  readonly index: number;
  readonly operation: Operation;
  /** What differs, a line each: "expected" is the model's side. */
  readonly differences: readonly string[];
}

/** Most lines of differences that are told. */
const SHOWN = 12;

/**
 * Runs both operation by operation and compares outcome and snapshot after each. Null when they agree throughout.
 * A machine that throws disagrees at that operation.
 */
export function firstDisagreement(
  make: () => Machine,
  ops: readonly Operation[],
  makeExpected: () => Machine = () => new Model(),
): Disagreement | null {
  const machine = make();
  const model = makeExpected();
  try {
    for (const [index, operation] of ops.entries()) {
      if (operation.kind === "dump") continue;
      const differences = step(machine, model, operation);
      if (differences.length > 0) return { index, operation, differences };
    }
    return null;
  } finally {
    machine.close?.();
    model.close?.();
  }
}

function step(machine: Machine, model: Machine, operation: Operation): string[] {
  const expected = model.run([operation]);
  try {
    const found = machine.run([operation]);
    if (!isDeepStrictEqual(found, expected)) return [`outcome: ${show(found)}, expected ${show(expected)}`];
    return compareDumps(machine.dump(), model.dump());
  } catch (error) {
    return [`the machine threw ${error instanceof Error ? error.message : String(error)}`];
  }
}

function show(outcomes: readonly Outcome[]): string {
  return outcomes.join(" ");
}

/** The differences between two snapshots, a line each. */
export function compareDumps(found: Dump, expected: Dump): string[] {
  if (isDeepStrictEqual(found, expected)) return [];
  const lines: string[] = [];
  if (found.at !== expected.at) lines.push(`${found.at} operations had run, expected ${expected.at}`);
  for (const p of new Set([...Object.keys(expected.procs), ...Object.keys(found.procs)])) {
    const a = found.procs[p];
    const b = expected.procs[p];
    if (a === undefined) lines.push(`process ${p} is missing`);
    else if (b === undefined) lines.push(`process ${p} should not exist`);
    else lines.push(...compareProcess(p, a, b));
  }
  if (lines.length === 0) lines.push(`${printDump(found)}, expected ${printDump(expected)}`);
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`];
}

function compareProcess(p: string, found: DumpProcess, expected: DumpProcess): string[] {
  const lines: string[] = [];
  for (const part of ["vmas", "pages"] as const) {
    const a = new Set(found[part].map(String));
    const b = new Set(expected[part].map(String));
    for (const row of b) if (!a.has(row)) lines.push(`process ${p}, ${part}: [${row}] is missing`);
    for (const row of a) if (!b.has(row)) lines.push(`process ${p}, ${part}: [${row}] should not be there`);
  }
  return lines;
}

/** Options of `runDifferential`. */
export interface DifferentialOptions extends GenerateOptions {
  /** Scripts altogether, spread over the profiles. Default 500. */
  readonly scripts?: number;
  readonly profiles?: readonly Profile[];
  readonly firstSeed?: number;
  /** What the machine is compared with. Default: the model. */
  readonly expected?: () => Machine;
}

/**
 * Compares a machine with the model over random scripts. `make` gives a fresh machine for each. Returns the number of
 * scripts and operations compared; throws an `Error` at the first disagreement, with the seed, the shortest script that
 * shows it, the first operation after which the two differ, and what each has.
 */
export function runDifferential(
  make: () => Machine,
  options: DifferentialOptions = {},
): { scripts: number; operations: number } {
  const profiles = options.profiles ?? RECORDED_PROFILES;
  const scripts = options.scripts ?? 500;
  let operations = 0;
  for (let i = 0; i < scripts; i++) {
    const profile = profiles[i % profiles.length] ?? "all";
    const seed = (options.firstSeed ?? 1) + Math.floor(i / profiles.length);
    const ops = generate(seed, profile, options);
    operations += ops.length;
    const found = firstDisagreement(make, ops, options.expected);
    if (found === null) continue;
    throw new Error(
      describe(make, ops.slice(0, found.index + 1), `profile ${profile}, seed ${seed}`, options.expected),
    );
  }
  return { scripts, operations };
}

function describe(
  make: () => Machine,
  ops: readonly Operation[],
  origin: string,
  expected?: () => Machine,
): string {
  const short = minimise(ops, (candidate) => firstDisagreement(make, candidate, expected) !== null);
  const found = firstDisagreement(make, short, expected) ?? firstDisagreement(make, ops, expected);
  if (found === null) return `${origin}: the machine disagreed once and not again: it is not deterministic`;
  const head = `${origin}: after operation ${found.index} (${printOperation(found.operation)}) of the script below`;
  return [head, ...found.differences.map((d) => `  ${d}`), "", printScript(short)].join("\n");
}
