/** The verdict of a check as one self-contained page. */

import type { CheckResult } from "../../check/check.js";
import { count } from "../../text/numbers.js";
import { checkText } from "../check-text.js";
import { framed } from "./frame.js";
import { escapeHtml } from "./html.js";
import { type Column, type TableRow, tableHtml } from "./table.js";

const STYLE = `
table { width: 100% } td { overflow-wrap: anywhere } tr.idle td { color: var(--alarm) } .branch td { padding-left: 2rem } .branch:not(.idle) td { color: var(--dim) }
`;

/** The page, whole. */
export function checkPage(result: CheckResult): string {
  const plain = (_style: string, text: string) => text;
  const rows = result.changed.flatMap(({ file, declaration, runs, overlaps, branches }): TableRow[] => [
    { cells: [`${declaration} in ${file}`, count(runs), count(overlaps)], style: runs === 0 ? "idle" : "" },
    ...branches.map(({ line, kind, text, runs: taken }) => ({
      cells: [`line ${line}, ${kind} ${text}`, count(taken), ""],
      style: `branch${taken === 0 ? " idle" : ""}`,
    })),
  ]);
  const columns: Column[] = [
    "declaration, branch",
    ["runs", "n"],
    ["met", "n", "how often another CPU was in conflict with it"],
  ];
  return framed({
    title: `rmap check: ${result.verdict}`,
    heading: `rmap check: ${result.verdict}`,
    style: STYLE,
    body: `<pre class="wrap">${escapeHtml(checkText(result, plain))}</pre>
<h2>What ran</h2>
<p>How often each changed declaration and each branch in it ran, and how often the declaration met another CPU.</p>
${tableHtml(columns, rows)}`,
  });
}
