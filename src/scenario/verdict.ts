/** What is expected of a variant in a race, as `variant.json` states it. */

import { MODELS, type ModelName } from "../lkmm/rules.js";

/** Findings without a panic of the engine. A verdict may name these too. */
export const WITHOUT_PANIC: readonly string[] = ["LOCKUP", "OVERWRITTEN", "DEADLOCK", "RACE"];

/** The expected result of a variant in a race. `none`: this machine cannot show the bug, so nothing may be found. */
export type Expected = "bug" | "clean" | "none";

/** A verdict on one race. */
export interface Verdict {
  /** On worker CPUs that race. */
  readonly expected: Expected;
  /** Where exploration under `sc` is expected to end otherwise. */
  readonly explore?: Expected;
  /** By memory model: where exploration ends otherwise than in the next stronger model. */
  readonly models?: Readonly<Partial<Record<ModelName, Expected>>>;
  /** For a bug: its possible findings, as invariants or names of panics. Absent: any finding. */
  readonly by?: readonly string[];
  /** One sentence. */
  readonly why: string;
}

/** The verdict on exploration in a memory model: its own, or else that of the next stronger model with one. */
export function expectedIn({ expected, explore, models = {} }: Verdict, model: ModelName): Expected {
  // The two weakest are each weaker than lkmm, and none of the two is weaker than the other.
  const weaker = model === "pairwise" ? "alpha" : undefined;
  const stronger = MODELS.slice(0, MODELS.indexOf(model) + 1).filter((name) => name !== weaker);
  const own = stronger.findLast((name) => models[name] !== undefined);
  return (own && models[own]) ?? explore ?? expected;
}

/** The finding of a memory model's own mistake: its axioms forbid what it showed. */
export const MACHINE = "MACHINE";

/** True when a finding is one of those that a verdict names. Without a list every finding is, but for a model's mistake. */
export function isNamed(
  finding: { readonly invariant: string; readonly code: string },
  by: readonly string[] | undefined,
): boolean {
  if (finding.code === MACHINE) return false;
  return by === undefined || by.includes(finding.invariant) || by.includes(finding.code);
}
