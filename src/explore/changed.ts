/** What of the changed declarations ran, and what another CPU met. */

import type { CoverSite } from "../build/cover.js";
import { nameOf } from "./overlaps.js";

/** A branch of a declaration, and how often it was taken. */
interface ChangedBranch {
  readonly line: number;
  /** then and else of a condition, the second half of `&&` (and) and of `||` (or), a loop's body, a case. */
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

/** What one machine counted, or one thread. */
export interface Counted {
  /** By site: how often it ran. */
  readonly runs: readonly number[];
  /** By declaration: how often it met another CPU. */
  readonly overlaps: ReadonlyMap<string, number>;
}

/** By declaration, in the order of the sources. Those without code, such as a constant, are not among them. */
export function changedOf(sites: readonly CoverSite[], reports: readonly Counted[]): ChangedDeclaration[] {
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
    branches: branches.sort((a, b) => a.line - b.line),
  }));
}

/** Two results for the same declarations as one. */
export function addedChanged(
  some: readonly ChangedDeclaration[],
  others: readonly ChangedDeclaration[],
): ChangedDeclaration[] {
  return some.map((one, at) => {
    const other = others[at];
    const branches = one.branches.map((branch, i) => ({
      ...branch,
      runs: branch.runs + (other?.branches[i]?.runs ?? 0),
    }));
    const [runs, overlaps] = [one.runs + (other?.runs ?? 0), one.overlaps + (other?.overlaps ?? 0)];
    return { ...one, runs, overlaps, branches };
  });
}
