/** Counts by name, of which a report shows the highest. */

/** The highest counts of many, and what the others come to. */
export interface Tally {
  readonly shown: Readonly<Record<string, number>>;
  /** Names that are not shown, and the sum of their counts. */
  readonly more: { readonly names: number; readonly events: number };
}

/** How many names are shown. */
const SHOWN = 20;
/** Letters of a name that are kept. */
const LONGEST_NAME = 80;

/** A name that is no longer than a line of a report. */
export function shortName(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}

/** The highest counts first; of equal ones in the order of their names. */
export function tally(counts: ReadonlyMap<string, number>): Tally {
  const sorted = [...counts].sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1));
  const rest = sorted.slice(SHOWN);
  return {
    shown: Object.fromEntries(sorted.slice(0, SHOWN)),
    more: { names: rest.length, events: rest.reduce((sum, [, events]) => sum + events, 0) },
  };
}
