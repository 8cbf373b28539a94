/** What of changed declarations ran, as text. */

import { addedChanged, addedRan, type ChangedDeclaration, type RanDeclaration } from "../build/counted.js";
import { count } from "../text/numbers.js";

/** Changed declarations that are listed with their branches; of more, only those that did not run. */
const MOST_LISTED = 20;

/** A line for each changed declaration, and one for each of its branches that never ran. */
export function changedLines(changed: readonly (RanDeclaration | ChangedDeclaration)[]): string[] {
  if (changed.length > MOST_LISTED) {
    const idle = changed.filter(({ runs }) => runs === 0).length;
    return [`declarations ${changed.length}; ${idle} of them never ran`];
  }
  return changed.flatMap((one) => [
    `changed      ${one.declaration} in ${one.file}: ${count(one.runs)} runs${meetings(one)}`,
    ...one.branches
      .filter((branch) => branch.runs === 0)
      .map(({ line, kind, text }) => `             never: ${branchText(kind, text)}, line ${line}`),
  ]);
}

function meetings(one: RanDeclaration | ChangedDeclaration): string {
  return "overlaps" in one ? `, ${count(one.overlaps)} meetings with another CPU` : "";
}

function branchText(kind: string, text: string): string {
  if (kind === "then") return `if (${text})`;
  if (kind === "else") return `if not (${text})`;
  if (kind === "and") return `what follows (${text}) &&`;
  if (kind === "or") return `what follows (${text}) ||`;
  return text === "" ? kind : `${kind} (${text})`;
}

/** What all rows of a run together ran of the declarations, and met. */
export function changedIn(
  rows: readonly { readonly changed?: readonly ChangedDeclaration[] }[],
): readonly ChangedDeclaration[] {
  return sumOf(rows, addedChanged);
}

/** As changedIn, where nobody counted what met. */
export function ranIn(
  rows: readonly { readonly changed?: readonly RanDeclaration[] }[],
): readonly RanDeclaration[] {
  return sumOf(rows, addedRan<RanDeclaration>);
}

function sumOf<T>(
  rows: readonly { readonly changed?: readonly T[] }[],
  add: (some: readonly T[], others: readonly T[]) => readonly T[],
): readonly T[] {
  const all = rows.flatMap(({ changed }) => (changed === undefined ? [] : [changed]));
  const [first, ...others] = all;
  return first === undefined ? [] : others.reduce(add, first);
}
