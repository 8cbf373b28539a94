/** Aligned text. */
import { terminalWidth } from "./wrap.js";

/** A row of a report: its label, and its text. */
export type Row = readonly [label: string, text: string];

/** Lays rows out in two columns, the labels as wide as the widest; a text of several lines is indented as a whole. */
export function rows(items: readonly Row[], paint: (label: string) => string = (label) => label): string {
  const width = Math.max(...items.map(([label]) => label.length));
  return items
    .map(([label, text]) => {
      const indent = `\n${" ".repeat(width + 2)}`;
      return `${paint(label.padEnd(width))}  ${text.split("\n").join(indent)}`;
    })
    .join("\n");
}

/**
 * Lays a table out: the first column to the left, the others to the right. When the terminal is too narrow, each row
 * becomes a list: the first cell, and below it the others with the heads of their columns.
 */
export function table(
  head: readonly string[],
  body: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const all = widths.reduce((sum, each) => sum + each + 2, -2);
  if (all > width) return body.map((line) => listed(head, line)).join("\n");
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One row of a table as a list. */
function listed(head: readonly string[], [first = "", ...cells]: readonly string[]): string {
  const said = cells.flatMap((cell, index) => (cell === "" ? [] : [`  ${head[index + 1] || ""} ${cell}`]));
  return [first, ...said.map((line) => `  ${line.trimStart()}`)].join("\n");
}
