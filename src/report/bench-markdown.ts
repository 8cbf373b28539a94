/** The result of `rmap bench` as the table that docs/performance.md shows. */

import type { RowInfo } from "../bench/catalogue.js";
import type { BenchEngine, BenchResult } from "../bench/result.js";
import { count } from "../text/numbers.js";

const ENGINES: readonly BenchEngine[] = ["wasm", "native-c", "linux", "model"];

/** One line a row and count of CPUs, with nanoseconds of each engine side by side; then the targets. */
export function benchTable(result: BenchResult, catalogue: readonly RowInfo[]): string {
  const { machine, commit, version, repeats, rows, targets } = result;
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}; rmap-engine ${version}, commit ${commit ?? "unknown"}; medians of ${repeats} repeats.`,
    "",
    "| row | CPUs | engine | C | Linux | model | what one operation is |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const { name, what } of catalogue) {
    for (const cpus of [...new Set(rows.filter((row) => row.name === name).map((row) => row.cpus))]) {
      const cells = ENGINES.map((engine) => {
        const row = rows.find(
          (candidate) => candidate.name === name && candidate.engine === engine && candidate.cpus === cpus,
        );
        return row ? nanoseconds(row.nsPerOp) : "";
      });
      lines.push(`| \`${name}\` | ${cpus} | ${cells.join(" | ")} | ${cpus === 1 ? what : ""} |`);
    }
  }
  lines.push("", "| target | measured | wanted | |", "|---|---|---|---|");
  for (const { what, value, least, most, reached } of targets) {
    const wanted =
      least === undefined ? `at most ${most === undefined ? "" : count(most)}` : `at least ${least}`;
    lines.push(`| ${what} | ${figure(value)} | ${wanted} | ${reached ? "reached" : "**not reached**"} |`);
  }
  return lines.join("\n");
}

function nanoseconds(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} ms`;
  return value < 100 ? `${value.toFixed(1)} ns` : `${count(value)} ns`;
}

function figure(value: number): string {
  return value >= 1000 || Number.isInteger(value) ? count(value) : value.toFixed(2);
}
