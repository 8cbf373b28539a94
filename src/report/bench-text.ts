/** The result of `rmap bench` as text. */
import type { BenchResult, BenchRow } from "../bench/result.js";
import { short } from "./numbers.js";
import { table } from "./table.js";

const nanoseconds = (value: number): string =>
  value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");

/** Tables of rows, ratios and targets, with the machine's name above. */
export function benchText(result: BenchResult): string {
  const { machine, rows, ratios, targets, commit, version, repeats } = result;
  const hasLatency = rows.some(({ latency }) => latency !== undefined);
  const head = [
    "row",
    "engine",
    "CPUs",
    "operations",
    "ns on a CPU",
    ...(hasLatency ? ["p50", "p99", "p99.9"] : []),
  ];
  const parts = [
    [
      `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`,
      ...(machine.compiler ? [`C: ${machine.compiler}`] : []),
      ...(machine.kernel ? [`kernel: ${machine.kernel}`] : []),
      `rmap-engine ${version}${commit ? `, commit ${commit}` : ""}; medians of ${repeats}`,
    ].join("\n"),
    table(
      head,
      rows.map((row) => line(row, hasLatency)),
    ),
  ];
  const compared = Object.entries(ratios).map(([name, value]) => [name, value.toFixed(2)]);
  if (compared.length > 0) parts.push(table(["ratio", ""], compared));
  if (targets.length > 0) {
    const body = targets.map(({ what, value, least, most, reached }) => [
      what,
      short2(value),
      least === undefined ? `at most ${most}` : `at least ${least}`,
      reached ? "reached" : "NOT reached",
    ]);
    parts.push(table(["target", "", "", ""], body));
  }
  return parts.join("\n\n");
}

function line(
  { name, engine, cpus, opsPerSecond, nsPerOp, latency }: BenchRow,
  hasLatency: boolean,
): string[] {
  const percentiles = latency ? [latency.p50, latency.p99, latency.p999].map(nanoseconds) : ["", "", ""];
  return [
    name,
    engine,
    String(cpus),
    `${short(opsPerSecond)}/s`,
    nanoseconds(nsPerOp),
    ...(hasLatency ? percentiles : []),
  ];
}

function short2(value: number): string {
  return value >= 1000 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}
