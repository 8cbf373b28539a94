/** What of changed declarations ran, as text. */

import { addedChanged, type ChangedDeclaration } from "../explore/changed.js";

/** Changed declarations that are listed with their branches; of more, only those that did not run. */
const MOST_LISTED = 20;

function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** A line for each changed declaration, and one for each of its branches that never ran. */
export function changedLines(changed: readonly ChangedDeclaration[]): string[] {
  if (changed.length > MOST_LISTED) {
    const idle = changed.filter(({ runs }) => runs === 0).length;
    return [`declarations ${changed.length}; ${idle} of them never ran`];
  }
  return changed.flatMap(({ file, declaration, runs, overlaps, branches }) => [
    `changed      ${declaration} in ${file}: ${count(runs)} runs, ${count(overlaps)} meetings with another CPU`,
    ...branches
      .filter((branch) => branch.runs === 0)
      .map(({ line, kind, text }) => `             never: ${branchText(kind, text)}, line ${line}`),
  ]);
}

function branchText(kind: string, text: string): string {
  if (kind === "then") return `if (${text})`;
  if (kind === "else") return `if not (${text})`;
  if (kind === "and") return `what follows (${text}) &&`;
  if (kind === "or") return `what follows (${text}) ||`;
  return text === "" ? kind : `${kind} (${text})`;
}

/** What all rows of a run together ran of the declarations. */
export function changedIn(
  rows: readonly { readonly changed?: readonly ChangedDeclaration[] }[],
): readonly ChangedDeclaration[] {
  const all = rows.flatMap(({ changed }) => (changed === undefined ? [] : [changed]));
  const [first, ...others] = all;
  return first === undefined ? [] : others.reduce((sum, one) => addedChanged(sum, one), first);
}
