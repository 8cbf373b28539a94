/** Compares two answers to one script: every outcome and every snapshot. */
import { UsageError } from "../errors.js";
import type { Answer, Outcome } from "../ops/outcome.js";
import { shown } from "../text/words.js";
import { compareDumps, type Difference } from "./dumps.js";

/** The first difference of two answers. */
export interface Disagreement {
  /** The number of operations (without dumps) after which the two first differ. */
  readonly at: number;
  /** The number of operations at the last snapshot in which they agree; 0 before the first one. */
  readonly agreed: number;
  /** What differs: the outcome of operation `at`, or a snapshot after it. */
  readonly kind: "outcome" | "snapshot";
  readonly differences: readonly Difference[];
}

/** The result when two answers agree. */
export interface Agreement {
  readonly outcomes: number;
  readonly snapshots: number;
}

/** The number of compared outcomes and snapshots. */
export function extentOf(answer: Answer): Agreement {
  return { outcomes: answer.results.length, snapshots: answer.dumps.length };
}

/**
 * The first difference of an answer from the expected one; null when they agree in every field. Throws UsageError
 * when the two belong to different scripts: other numbers of outcomes or snapshots, or snapshots at other places.
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
    `the answers belong to different scripts: expected ${said(one)}, found ${said(other)}, or snapshots at other places`,
    "compare with the answer to the same script",
  );
}

/** An outcome for a message. A recording may hold any text. */
function outcomeText(outcome: Outcome | undefined): string {
  return shown(String(outcome));
}
