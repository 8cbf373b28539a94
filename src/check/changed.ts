/** What of the changed declarations ran, and what another CPU met. */

import type { CoverSite } from "../build/cover.js";
import type { LaneReport } from "./lane.js";
import { nameOf } from "./overlaps.js";

/** A branch of a declaration, and how often it was taken. */
interface ChangedBranch {
  readonly line: number;
  /** then and else of an `if`, a loop's body, a case. */
  readonly kind: string;
  /** The condition; empty where there is none. */
  readonly text: string;
  readonly runs: number;
}

/** A changed declaration. */
export interface ChangedDeclaration {
  /** Below `assembly/`. */
  readonly file: string;
  readonly declaration: string;
  readonly runs: number;
  /** How often another CPU touched the same word, and one of the two stored. */
  readonly overlaps: number;
  readonly branches: readonly ChangedBranch[];
}

/** By declaration, in the order of the sources. Those without code, such as a constant, are not among them. */
export function changedOf(sites: readonly CoverSite[], reports: readonly LaneReport[]): ChangedDeclaration[] {
  const all = new Map<string, { runs: number; branches: ChangedBranch[]; site: CoverSite }>();
  for (const [at, site] of sites.entries()) {
    const runs = reports.reduce((sum, report) => sum + (report.runs[at] ?? 0), 0);
    const name = nameOf(site);
    const known = all.get(name) ?? { runs: 0, branches: [], site };
    all.set(name, known);
    if (site.kind === "entry") known.runs += runs;
    else known.branches.push({ line: site.line, kind: site.kind, text: site.text, runs });
  }
  return [...all].map(([name, { runs, branches, site }]) => ({
    ...{ file: site.file, declaration: site.declaration, runs },
    overlaps: reports.reduce((sum, { overlaps }) => sum + (overlaps.get(name) ?? 0), 0),
    branches,
  }));
}

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

export type CheckVerdict = "finding" | "no finding" | "not exercised";
