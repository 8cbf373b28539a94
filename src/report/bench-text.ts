/** The result of `rmap bench` as text. */
import type { BenchResult, BenchRow } from "../bench/result.js";
import { count, short } from "../text/numbers.js";
import { table } from "../text/table.js";
import { paragraph } from "../text/wrap.js";

const nanoseconds = (value: number): string => (value < 100 ? value.toFixed(1) : count(value));

/** Tables of rows, ratios and targets, with the machine's name above; below the rows, why some have no peer. */
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
      ...(result.variant === undefined ? [] : [`variant: ${result.variant}, beside the engine as it is`]),
    ].join("\n"),
    table(
      head,
      rows.map((row) => line(row, hasLatency)),
    ),
  ];
  const lacking = withoutPeerText(result);
  if (lacking !== "") parts.push(lacking);
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

/** Each reason once, and below it the missing peers with their rows; "" when no peer is missing. */
function withoutPeerText({ withoutPeer, rows }: Pick<BenchResult, "withoutPeer" | "rows">): string {
  const names = new Set(rows.map(({ name }) => name));
  const byReason = new Map<string, Map<string, string[]>>();
  for (const [name, reasons] of Object.entries(withoutPeer)) {
    for (const [peer, why] of Object.entries(reasons)) {
      const byPeer = byReason.get(why) ?? new Map<string, string[]>();
      byReason.set(why, byPeer);
      byPeer.set(peer, [...(byPeer.get(peer) ?? []), name]);
    }
  }
  if (byReason.size === 0) return "";
  const parts = [...byReason].map(([why, byPeer]) => {
    // Peers that are missing in the same rows share a line.
    const byRows = new Map<string, string[]>();
    for (const [peer, lacking] of byPeer) {
      const all = names.size > 1 && lacking.length === names.size;
      const key = all ? "all rows" : lacking.join(", ");
      byRows.set(key, [...(byRows.get(key) ?? []), peer]);
    }
    const lines = [...byRows].map(([lacking, peers]) => paragraph(`${peers.join(", ")}: ${lacking}`, 4));
    return [paragraph(why, 2), ...lines].join("\n");
  });
  return ["rows without a peer, and why", ...parts].join("\n");
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
  return value >= 1000 || Number.isInteger(value) ? count(value) : value.toFixed(2);
}
