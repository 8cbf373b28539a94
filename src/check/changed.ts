/** The verdict from what ran. */

import type { ChangedDeclaration } from "../build/counted.js";

/** The verdict. `found`: something is wrong; `isFolder`: only what a folder changes must have run. */
export function verdictFor(
  found: boolean,
  changed: readonly ChangedDeclaration[],
  isFolder: boolean,
): { readonly verdict: CheckVerdict; readonly notExercised: readonly string[] } {
  const idle = isFolder ? changed.filter(({ runs }) => runs === 0) : [];
  const notExercised = idle.map(({ file, declaration }) => `${declaration} in ${file}`);
  return { verdict: found ? "finding" : idle.length > 0 ? "not exercised" : "no finding", notExercised };
}

/** `interrupted`: the check was ended before its time, and had found nothing. */
export type CheckVerdict = "finding" | "no finding" | "not exercised" | "interrupted";
