/**
 * Rows that one search may answer: those of a race and a protocol under lkmm, alpha and pairwise. A machine that is
 * weaker than all three has every execution of each, at the same number of preemptions and stale reads. If nothing is
 * to be found in it, nothing is to be found in them. If something is, each row is explored by itself.
 */
import { ANSWERED, type ModelName } from "./models.js";
import type { RowReport } from "./row-report.js";

/** What a row is about. */
interface FamilyRow {
  readonly scenario: unknown;
  readonly variant: unknown;
  readonly model?: ModelName;
}

/** The rows of one search. */
interface Family {
  search: Promise<RowReport> | undefined;
}

/** A report, and whether a search of its own made it. */
interface Answer {
  readonly report: RowReport;
  readonly isFirst: boolean;
}

/** Which rows belong together. */
export class Families<Row extends FamilyRow> {
  /** The rows, those of a family behind each other: one lane takes them all, so that no other waits for its search. */
  readonly groups: readonly (readonly Row[])[];
  readonly #families = new Map<Row, Family>();

  /** `mayBelong`: a row is searched to the end, and nobody expects to find something in it. */
  constructor(rows: readonly Row[], mayBelong: (row: Row) => boolean) {
    const groups: Row[][] = [];
    const open = new Map<unknown, Map<unknown, Row[]>>();
    for (const row of rows) {
      const { scenario, variant, model } = row;
      if (model === undefined || !ANSWERED.includes(model) || !mayBelong(row)) {
        groups.push([row]);
        continue;
      }
      const races = open.get(variant) ?? new Map<unknown, Row[]>();
      open.set(variant, races);
      const group = races.get(scenario);
      if (group !== undefined) group.push(row);
      else {
        const made = [row];
        races.set(scenario, made);
        groups.push(made);
      }
    }
    this.groups = groups;
    // The search takes longer than that of one row.
    for (const group of groups) {
      if (group.length < 2) continue;
      const family: Family = { search: undefined };
      for (const row of group) this.#families.set(row, family);
    }
  }

  /** What one search says of a row; undefined when the row has to be explored by itself. `search` makes it. */
  async answer(row: Row, search: () => Promise<RowReport>): Promise<Answer | undefined> {
    const family = this.#families.get(row);
    if (family === undefined) return undefined;
    const isFirst = family.search === undefined;
    family.search ??= search();
    const report = await family.search;
    return report.complete ? { report, isFirst } : undefined;
  }
}
