/** Counts by name. A report shows the highest. */

/** The highest counts, and the sum of the others. */
export interface Tally {
  readonly shown: Readonly<Record<string, number>>;
  /** The number of other names, and the sum of their counts. */
  readonly more: { readonly names: number; readonly events: number };
}

/** The number of names to show. */
const SHOWN = 20;
/** The most letters of a name. */
const LONGEST_NAME = 80;

/** A name, cut to fit a line of a report. */
export function shortName(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

/** The highest counts first; equal ones by name. */
export function tally(counts: ReadonlyMap<string, number>): Tally {
  const sorted = [...counts].sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1));
  const rest = sorted.slice(SHOWN);
  return {
    shown: Object.fromEntries(sorted.slice(0, SHOWN)),
    more: { names: rest.length, events: rest.reduce((sum, [, events]) => sum + events, 0) },
  };
}
