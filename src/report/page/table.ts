/** Tables in pages. */

import { escapeHtml } from "./html.js";

/** A column: its head, and whether its cells are numbers. */
export type Column = string | readonly [head: string, kind: "n", title?: string];

/** One row: cells as text, and the class of the row. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly style?: string;
}

/** A table of texts. It scrolls by itself where it is too wide. */
export function tableHtml(columns: readonly Column[], rows: readonly TableRow[]): string {
  const heads = columns.map((column) => {
    const [head, kind, title] = typeof column === "string" ? [column] : column;
    const about = title === undefined ? "" : ` title="${escapeHtml(title)}"`;
    return `<th${kind === undefined ? "" : ' class="n"'}${about}>${escapeHtml(head)}</th>`;
  });
  const named = columns.some((column) => column !== "");
  const body = rows.map(({ cells, style }) => {
    const all = cells.map((cell, at) => {
      const number = typeof columns[at] !== "string";
      return `<td${number ? ' class="n"' : ""}>${escapeHtml(cell)}</td>`;
    });
    return `<tr${style ? ` class="${style}"` : ""}>${all.join("")}</tr>`;
  });
  const head = named ? `<thead><tr>${heads.join("")}</tr></thead>` : "";
  return `<div class="scroll"><table>${head}<tbody>${body.join("\n")}</tbody></table></div>`;
}
