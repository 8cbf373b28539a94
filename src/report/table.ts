/** Aligned text. */

/** A row of a report: what it is about, and what is said. */
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

/** Lays a table out: the first column to the left, the others to the right. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
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
