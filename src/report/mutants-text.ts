/** The mutants of a run as text. */

import type { ChangedLines } from "../check/mutants/mutant.js";
import type { MutantRow, MutantStatus } from "../check/mutants/suite.js";
import { table } from "../text/table.js";

/** Rows up to so many are all listed; of more, only those that nobody has seen. */
const MOST_LISTED = 20;

/** Counts the rows by their result. */
export function countsOf(rows: readonly MutantRow[]): Record<MutantStatus, number> {
  const counts = { seen: 0, survived: 0, equal: 0, broken: 0 };
  for (const { status } of rows) counts[status]++;
  return counts;
}

/** What a terminal shows: rows with what they change, a table by operator, and the sum. */
export function mutantsText(rows: readonly MutantRow[], all: number): string {
  const listed = rows.length <= MOST_LISTED ? rows : rows.filter(({ status }) => status === "survived");
  return [...listed.map(rowText), byOperator(rows), sumText(rows, all)].filter(Boolean).join("\n\n");
}

/** One row, with the lines that it changes. */
function rowText(row: MutantRow): string {
  return [`${row.name}  ${resultText(row)}`, ...row.change.map(linesText)].join("\n");
}

function resultText({ status, seen, runs }: MutantRow): string {
  if (status === "broken") return `does not compile: ${seen?.message ?? ""}`;
  if (status === "equal") return "the same engine, byte for byte";
  if (seen === null) return runs === 0 ? "not seen: its declaration never ran" : "not seen";
  const [first = ""] = seen.message.split("\n");
  const where = seen.model === undefined ? seen.race : `${seen.race}, ${seen.model}`;
  const place = seen.race === undefined ? seen.by : `${seen.by} (${where})`;
  return `seen by ${place}: ${seen.invariant}, ${first}`;
}

/** Lines before and after. */
export function linesText({ line, was, now }: ChangedLines): string {
  const number = (at: number) => String(line + at).padStart(6);
  const old = was.map((text, at) => `${number(at)} - ${text}`);
  return [...old, ...now.map((text) => `       + ${text}`)].join("\n");
}

function byOperator(rows: readonly MutantRow[]): string {
  if (rows.length === 0) return "";
  const operators = [...new Set(rows.map(({ operator }) => operator))];
  const line = (name: string, some: readonly MutantRow[]) => {
    const { seen, survived, equal, broken } = countsOf(some);
    return [name, some.length, seen, survived, equal, broken].map(String);
  };
  return table(
    ["operator", "mutants", "seen", "not seen", "the same", "no program"],
    [
      ...operators.map((name) =>
        line(
          name,
          rows.filter(({ operator }) => operator === name),
        ),
      ),
      line("all", rows),
    ],
  );
}

function sumText(rows: readonly MutantRow[], all: number): string {
  const { seen, survived } = countsOf(rows);
  const share = seen + survived === 0 ? "" : `: ${((100 * seen) / (seen + survived)).toFixed(1)} %`;
  const rest = rows.length < all ? `; ${all - rows.length} of ${all} mutants were not judged` : "";
  return `seen: ${seen} of ${seen + survived} that are another engine${share}${rest}`;
}
