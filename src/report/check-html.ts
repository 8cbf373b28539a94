/** The verdict of a check as one self-contained page. */

import type { CheckResult } from "../check/check.js";
import { count } from "../text/numbers.js";
import { checkText } from "./check-text.js";
import { escapeHtml } from "./html.js";

const STYLE = `
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 84rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; overflow-wrap: anywhere; padding: .2rem .6rem; border-bottom: 1px solid #8884; vertical-align: top }
th.n, td.n { text-align: right; overflow-wrap: normal; font-variant-numeric: tabular-nums } tr.idle td { color: #c0392b }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .6rem } .branch td { opacity: .8; padding-left: 2rem }
`;

/** The page, whole. */
export function checkPage(result: CheckResult): string {
  const plain = (_style: string, text: string) => text;
  const rows = result.changed.flatMap(({ file, declaration, runs, overlaps, branches }) => [
    row(`${declaration} in ${file}`, runs, overlaps, runs === 0 ? "idle" : ""),
    ...branches.map(({ line, kind, text, runs: taken }) =>
      row(`line ${line}, ${kind} ${text}`, taken, undefined, `branch${taken === 0 ? " idle" : ""}`),
    ),
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>rmap check: ${escapeHtml(result.verdict)}</title>
<style>${STYLE}</style></head><body>
<h1>rmap check: ${escapeHtml(result.verdict)}</h1>
<pre>${escapeHtml(checkText(result, plain))}</pre>
<h2>What ran</h2>
<p>How often each changed declaration and each branch in it ran, and how often the declaration met another CPU.</p>
<table><tr><th>declaration, branch</th><th class="n">runs</th><th class="n" title="how often another CPU was in conflict with it">met</th></tr>
${rows.join("\n")}
</table>
</body></html>
`;
}

function row(name: string, runs: number, overlaps: number | undefined, style: string): string {
  return `<tr class="${style}"><td>${escapeHtml(name)}</td><td class="n">${count(runs)}</td><td class="n">${overlaps === undefined ? "" : count(overlaps)}</td></tr>`;
}
