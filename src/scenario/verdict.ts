/** What is expected of a variant in a race, as `variant.json` states it. */

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
  /** For a bug: its possible findings, as invariants or names of panics. Absent: any finding. */
  readonly by?: readonly string[];
  /** One sentence. */
  readonly why: string;
}

/** True when a finding is one of those that a verdict names. Without a list every finding is. */
export function isNamed(
  finding: { readonly invariant: string; readonly code: string },
  by: readonly string[] | undefined,
): boolean {
  return by === undefined || by.includes(finding.invariant) || by.includes(finding.code);
}
