/**
 * The result of `rmap bench` as a self-contained page: bars in SVG, and the numbers in a table below. The scale is
 * logarithmic, because rows range from a nanosecond to milliseconds.
 */
import { CATALOGUE } from "../bench/catalogue.js";
import type { BenchResult, BenchRow } from "../bench/result.js";
import { escapeHtml } from "./html.js";

const WIDTH = 900;
const LABELS = 240;
const FIGURES = 90;
const BAR = 14;
const GAP = 10;
/** Colours that people who cannot tell red from green can tell apart. */
const COLOURS: Readonly<Record<BenchRow["engine"], string>> = {
  wasm: "#0072b2",
  variant: "#cc79a7",
  "native-c": "#e69f00",
  linux: "#009e73",
  model: "#999999",
};

/** The page, whole. */
export function benchHtml(result: BenchResult): string {
  const { machine, rows, ratios, targets, withoutPeer, commit, version, repeats } = result;
  const about = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`,
    machine.compiler && `C: ${machine.compiler}`,
    machine.kernel && `kernel ${machine.kernel}`,
    `rmap-engine ${version}${commit ? `, commit ${commit}` : ""}; medians of ${repeats} interleaved repeats`,
    result.variant !== undefined && `variant: ${result.variant}`,
  ].filter((text): text is string => Boolean(text));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>rmap bench</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #222; background: #fff }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } td, th { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd }
td:first-child, th:first-child { text-align: left } .no { font-weight: bold } svg { max-width: 100%; height: auto }
svg text { font: 12px system-ui, sans-serif; fill: currentColor } .grid { stroke: currentColor; opacity: .15 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } td, th { border-color: #444 } }
</style></head><body>
<h1>rmap bench</h1>
<p>${about.map(escapeHtml).join("<br>")}</p>
<h2>Nanoseconds an operation takes on one CPU</h2>
<p>${Object.entries(COLOURS)
    .filter(([engine]) => rows.some((row) => row.engine === engine))
    .map(([engine, colour]) => `<span style="color:${colour}">■</span> ${engine}`)
    .join(
      " &nbsp; ",
    )}; a shorter bar is faster, and each line to the right means ten times as much. The thin line is the range of the repeats.</p>
${chart(rows)}
${targets.length > 0 ? `<h2>Targets</h2>${targetTable(targets)}` : ""}
${
  Object.keys(ratios).length > 0
    ? `<h2>Ratios</h2>${htmlTable(
        ["", ""],
        Object.entries(ratios).map(([name, value]) => [name, value.toFixed(2)]),
      )}`
    : ""
}
<h2>Rows</h2>
${htmlTable(
  ["row", "engine", "CPUs", "operations a second", "ns on a CPU", "p50", "p99", "p99.9"],
  rows.map((row) => [
    row.name,
    row.engine,
    String(row.cpus),
    number(row.opsPerSecond),
    number(row.nsPerOp),
    ...(row.latency ? [row.latency.p50, row.latency.p99, row.latency.p999].map(number) : ["", "", ""]),
  ]),
)}
<h2>What one operation is</h2>
${htmlTable(
  ["row", ""],
  CATALOGUE.filter(({ name }) => rows.some((row) => row.name === name)).map(({ name, what }) => [name, what]),
)}
<h2>Rows without a peer</h2>
${htmlTable(
  ["row", "peer", "why"],
  Object.entries(withoutPeer).flatMap(([name, reasons]) =>
    Object.entries(reasons).map(([engine, why]) => [name, engine, why]),
  ),
)}
</body></html>
`;
}

/** Bars of all rows, those of one name side by side. */
function chart(rows: readonly BenchRow[]): string {
  if (rows.length === 0) return "";
  const slowest = Math.max(...rows.map(({ nsPerOp }) => nsPerOp));
  const fastest = Math.min(...rows.map(({ nsPerOp }) => nsPerOp));
  const low = Math.floor(Math.log10(fastest));
  const high = Math.max(low + 1, Math.ceil(Math.log10(slowest)));
  const left = LABELS;
  const right = WIDTH - FIGURES;
  const x = (ns: number): number =>
    left + ((Math.log10(Math.max(ns, 10 ** low)) - low) / (high - low)) * (right - left);
  const parts: string[] = [];
  let y = 24;
  let last = "";
  for (const row of rows) {
    const { name, engine, cpus, nsPerOp, rates } = row;
    if (last !== "" && last !== name) y += GAP;
    const label = name === last ? "" : name;
    last = name;
    const end = x(nsPerOp);
    parts.push(
      `<text x="${left - 60}" y="${y + 11}" text-anchor="end">${escapeHtml(label)}</text>`,
      `<text x="${left - 8}" y="${y + 11}" text-anchor="end" opacity=".7">${cpus} CPU${cpus > 1 ? "s" : ""}</text>`,
      `<rect x="${left}" y="${y}" width="${fixed(Math.max(1, end - left))}" height="${BAR}" fill="${COLOURS[engine]}"><title>${escapeHtml(`${name}, ${engine}, ${cpus} CPUs: ${number(nsPerOp)} ns`)}</title></rect>`,
    );
    const [slow, fast] = [Math.min(...rates), Math.max(...rates)].map((rate) => x((1e9 * cpus) / rate));
    parts.push(
      `<line x1="${fixed(fast ?? end)}" x2="${fixed(slow ?? end)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="currentColor"/>`,
      `<text x="${fixed(Math.max(end, slow ?? end) + 5)}" y="${y + 11}">${number(nsPerOp)}</text>`,
    );
    y += BAR + 2;
  }
  const grid = Array.from({ length: high - low + 1 }, (_, step) => {
    const at = fixed(x(10 ** (low + step)));
    return `<line class="grid" x1="${at}" x2="${at}" y1="18" y2="${y}"/><text x="${at}" y="12" text-anchor="middle">${powerOfTen(low + step)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${y + 4}" width="${WIDTH}" role="img" aria-label="Nanoseconds of each row">${grid.join("")}${parts.join("")}</svg>`;
}

function targetTable(targets: BenchResult["targets"]): string {
  const body = targets.map(({ what, value, least, most, reached }) => [
    what,
    number(value),
    least === undefined ? `at most ${most}` : `at least ${least}`,
    reached ? "reached" : "not reached",
  ]);
  return htmlTable(["", "", "", ""], body);
}

function htmlTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("");
  const top = head.some((cell) => cell !== "") ? `<thead><tr>${cells(head, "th")}</tr></thead>` : "";
  return `<table>${top}<tbody>${body.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n")}</tbody></table>`;
}

function number(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}

function fixed(value: number): string {
  return value.toFixed(1);
}

/** 10^`exponent` nanoseconds, in the unit with the shortest number: `0.1 ns`, `10 µs`. */
function powerOfTen(exponent: number): string {
  const unit = Math.min(Math.max(Math.floor(exponent / 3), 0), 3);
  return `${Number((10 ** (exponent - 3 * unit)).toPrecision(1))} ${["ns", "µs", "ms", "s"][unit]}`;
}
