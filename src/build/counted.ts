/** What of the changed declarations ran, and what another CPU met. */

import type { CoverSite } from "./cover.js";

/** A branch of a declaration, and how often it was taken. */
interface ChangedBranch {
  readonly line: number;
  /** then and else of a condition, the second half of `&&` (and) and of `||` (or), a loop's body, a case. */
  readonly kind: string;
  /** The condition; empty where there is none. */
  readonly text: string;
  readonly runs: number;
}

/** A declaration that was counted. */
export interface RanDeclaration {
  /** Below `assembly/`. */
  readonly file: string;
  readonly declaration: string;
  readonly runs: number;
  readonly branches: readonly ChangedBranch[];
}

/** One whose meetings were counted too. */
export interface ChangedDeclaration extends RanDeclaration {
  /** How often another CPU touched the same word, and one of the two stored. */
  readonly overlaps: number;
}

/** What one machine counted, or one thread. */
export interface Counted {
  /** By site: how often it ran. */
  readonly runs: readonly number[];
  /** By declaration: how often it met another CPU. */
  readonly overlaps: ReadonlyMap<string, number>;
}

/** The name of a site's declaration with its file. */
export function nameOf({ file, declaration }: Pick<CoverSite, "file" | "declaration">): string {
  return `${file} ${declaration}`;
}

/**
 * What ran, by declaration, in the order of the sources. `counts`: for each machine or thread, how often each site ran.
 * Declarations without code, such as a constant, are not among them.
 */
export function ranOf(sites: readonly CoverSite[], counts: readonly (readonly number[])[]): RanDeclaration[] {
  const all = new Map<string, { runs: number; branches: ChangedBranch[]; site: CoverSite }>();
  for (const [at, site] of sites.entries()) {
    const runs = counts.reduce((sum, one) => sum + (one[at] ?? 0), 0);
    const name = nameOf(site);
    const known = all.get(name) ?? { runs: 0, branches: [], site };
    all.set(name, known);
    if (site.kind === "entry") known.runs += runs;
    else known.branches.push({ line: site.line, kind: site.kind, text: site.text, runs });
  }
  return [...all.values()].map(({ runs, branches, site }) => ({
    ...{ file: site.file, declaration: site.declaration, runs },
    branches: branches.sort((a, b) => a.line - b.line),
  }));
}

/** As ranOf, with the meetings. */
export function changedOf(sites: readonly CoverSite[], reports: readonly Counted[]): ChangedDeclaration[] {
  const counts = reports.map(({ runs }) => runs);
  return ranOf(sites, counts).map((one) => ({
    ...one,
    overlaps: reports.reduce((sum, { overlaps }) => sum + (overlaps.get(nameOf(one)) ?? 0), 0),
  }));
}

/** Two results for the same declarations as one. */
export function addedRan<T extends RanDeclaration>(some: readonly T[], others: readonly T[]): T[] {
  return some.map((one, at) => {
    const other = others[at];
    const branches = one.branches.map((branch, i) => ({
      ...branch,
      runs: branch.runs + (other?.branches[i]?.runs ?? 0),
    }));
    return { ...one, runs: one.runs + (other?.runs ?? 0), branches };
  });
}

/** As addedRan, with the meetings. */
export function addedChanged(
  some: readonly ChangedDeclaration[],
  others: readonly ChangedDeclaration[],
): ChangedDeclaration[] {
  return addedRan(some, others).map((one, at) => ({
    ...one,
    overlaps: one.overlaps + (others[at]?.overlaps ?? 0),
  }));
}
