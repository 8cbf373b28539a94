/** Compares two answers to one script: every outcome and every snapshot. */
import { UsageError } from "../errors.js";
import type { Answer, Outcome } from "../ops/outcome.js";
import { shown } from "../text/words.js";
import { compareDumps, type Difference } from "./dumps.js";

/** Where two answers part. */
export interface Disagreement {
  /** After how many operations (dumps not counted) the two are known to differ; the first such point. */
  readonly at: number;
  /** After how many operations they were last known to agree in a snapshot; 0 before the first one. */
  readonly agreed: number;
  /** Whether it is the outcome of operation `at` or a snapshot after it. */
  readonly kind: "outcome" | "snapshot";
  readonly differences: readonly Difference[];
}

/** What an agreement consists of. */
export interface Agreement {
  readonly outcomes: number;
  readonly snapshots: number;
}

/** Counts of what was compared. */
export function extentOf(answer: Answer): Agreement {
  return { outcomes: answer.results.length, snapshots: answer.dumps.length };
}

/**
 * Where an answer first parts from the expected one; null when they agree in every field. Throws UsageError
 * when the two are of different scripts: other numbers of outcomes or snapshots, or snapshots at other
 * places.
 */
export function compareAnswers(expected: Answer, found: Answer): Disagreement | null {
  mustBeOfOneScript(expected, found);
  const outcome = expected.results.findIndex((result, index) => result !== found.results[index]);
  let agreed = 0;
  for (const [index, dump] of expected.dumps.entries()) {
    if (outcome >= 0 && dump.at > outcome) break;
    const differences = compareDumps(dump, found.dumps[index] as typeof dump);
    if (differences.length > 0) return { at: dump.at, agreed, kind: "snapshot", differences };
    agreed = dump.at;
  }
  if (outcome < 0) return null;
  const [one, other] = [outcomeText(expected.results[outcome]), outcomeText(found.results[outcome])];
  const differences = [{ subject: "outcome", expected: one, found: other }];
  return { at: outcome + 1, agreed, kind: "outcome", differences };
}

function mustBeOfOneScript(expected: Answer, found: Answer): void {
  const [one, other] = [extentOf(expected), extentOf(found)];
  const places = (answer: Answer) => answer.dumps.map(({ at }) => at).join();
  if (one.outcomes === other.outcomes && places(expected) === places(found)) return;
  const said = ({ outcomes, snapshots }: Agreement) => `${outcomes} outcomes and ${snapshots} snapshots`;
  throw new UsageError(
    `the answers are of different scripts: expected are ${said(one)}, found ${said(other)}, or at other places`,
    "compare with the answer to this very script",
  );
}

/** An outcome as it is shown: a recording may hold any text. */
function outcomeText(outcome: Outcome | undefined): string {
  return shown(String(outcome));
}
