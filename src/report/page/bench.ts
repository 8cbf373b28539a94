/**
 * The result of `rmap bench` as a self-contained page: bars in SVG, and the numbers in a table below. The scale is
 * logarithmic, because rows range from a nanosecond to milliseconds.
 */

import { CATALOGUE } from "../../bench/catalogue.js";
import type { BenchResult, BenchRow } from "../../bench/result.js";
import { count } from "../../text/numbers.js";
import { framed } from "./frame.js";
import { escapeHtml } from "./html.js";
import { type Column, tableHtml } from "./table.js";

const WIDTH = 900;
const LABELS = 240;
const FIGURES = 90;
const BAR = 14;
const GAP = 10;
/** Colours of the style, which people who cannot tell red from green can tell apart. */
const COLOURS: Readonly<Record<BenchRow["engine"], string>> = {
  wasm: "var(--a)",
  variant: "var(--d)",
  "native-c": "var(--b)",
  linux: "var(--c)",
  model: "var(--e)",
};

const STYLE = `
svg { max-width: 100%; min-width: 40rem; height: auto } svg text { font: 12px system-ui, sans-serif; fill: currentColor } .grid { stroke: currentColor; opacity: .15 }
`;

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
  const engines = Object.entries(COLOURS)
    .filter(([engine]) => rows.some((row) => row.engine === engine))
    .map(([engine, colour]) => `<span style="color:${colour}">■</span> ${engine}`);
  const figures: Column[] = ["CPUs", "operations a second", "ns on a CPU", "p50", "p99", "p99.9"].map(
    (head): Column => [head, "n"],
  );
  const parts = [
    `<h2>Nanoseconds an operation takes on one CPU</h2>
<p>${engines.join(" &nbsp; ")}; a shorter bar is faster, and each line to the right means ten times as much. The thin line is the range of the repeats.</p>
<div class="scroll">${chart(rows)}</div>`,
    targets.length > 0 ? `<h2>Targets</h2>${targetTable(targets)}` : "",
    Object.keys(ratios).length > 0
      ? `<h2>Ratios</h2>${tableHtml(
          ["", ["", "n"]],
          Object.entries(ratios).map(([name, value]) => ({ cells: [name, value.toFixed(2)] })),
        )}`
      : "",
    `<h2>Rows</h2>
${tableHtml(
  ["row", "engine", ...figures],
  rows.map((row) => ({
    cells: [
      ...[row.name, row.engine, String(row.cpus), number(row.opsPerSecond), number(row.nsPerOp)],
      ...(row.latency ? [row.latency.p50, row.latency.p99, row.latency.p999].map(number) : ["", "", ""]),
    ],
  })),
)}
<h2>What one operation is</h2>
${tableHtml(
  ["row", ""],
  CATALOGUE.filter(({ name }) => rows.some((row) => row.name === name)).map(({ name, what }) => ({
    cells: [name, what],
  })),
)}
<h2>Rows without a peer</h2>
${tableHtml(
  ["row", "peer", "why"],
  Object.entries(withoutPeer).flatMap(([name, reasons]) =>
    Object.entries(reasons).map(([engine, why]) => ({ cells: [name, engine, why] })),
  ),
)}`,
  ];
  return framed({
    title: "rmap bench",
    heading: "rmap bench",
    about: about.map(escapeHtml).join("<br>"),
    style: STYLE,
    body: parts.filter((part) => part !== "").join("\n"),
  });
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
  const body = targets.map(({ what, value, least, most, reached }) => ({
    cells: [
      ...[what, number(value), least === undefined ? `at most ${most}` : `at least ${least}`],
      reached ? "reached" : "not reached",
    ],
    style: reached ? "" : "alarm",
  }));
  return tableHtml(["", ["", "n"], "", ""], body);
}

function number(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return count(value);
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
