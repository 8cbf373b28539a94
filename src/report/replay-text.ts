/** A replay's report as text: what ran, how well it matched the kernel, what the reverse map did, what leaked. */

import { PAGE_BYTES } from "../ops/operation.js";
import type { FirstDifference } from "../replay/first-difference.js";
import { bytes, count, duration, percent, plural, rate } from "../text/numbers.js";
import type { Paint } from "../text/paint.js";
import { type Row, rows } from "../text/table.js";
import { shown } from "../text/words.js";
import { processLines } from "./process-text.js";
import { extremeText } from "./recording.js";
import { hasLeaks, type ReplayResult } from "./replay.js";

/** The number of worst samples to show. */
const SHOWN = 5;

/** Prints a report; `name` is the trace's. */
export function replayText(result: ReplayResult, name: string, paint: Paint): string {
  return rows(replayRows(result, name, paint), (label) => paint("dim", label));
}

/** The rows of a report: a label, and text of one line or more. */
export function replayRows(result: ReplayResult, name: string, paint: Paint): Row[] {
  const items: Row[] = [
    ...(result.variant === undefined ? [] : [["variant", result.variant] as const]),
    [
      "trace",
      `${name}: ${plural(result.events, "event")}, read in ${duration(result.parseSeconds)}${lineRate(result)}`,
    ],
    ...(result.lost.events > 0 ? [["lost", lost(result, paint)] as const] : []),
    [
      "ran",
      `${plural(result.ops, "operation")} on ${plural(result.cpus, "CPU")} in ${duration(result.seconds)}; ` +
        `${plural(result.forks, "fork")}, ${vforks(result)}${plural(result.execs, "exec")}`,
    ],
    ["faults", faults(result)],
    ...(result.processes.length > 0 ? [["processes", processLines(result).join("\n")] as const] : []),
    ...(result.sharing.peak === null && result.sharing.copies === 0
      ? []
      : [["sharing", sharing(result)] as const]),
    ["fidelity", fidelity(result, paint)],
    ...(result.fidelity.first === null ? [] : [["differs", differsText(result.fidelity.first)] as const]),
    ...(result.outside.samples > 0 ? [["kernel only", outside(result)] as const] : []),
    [
      "contents",
      `${result.contents.hash} over ${plural(result.contents.spaces, "address space")} at the end`,
    ],
    [
      "reverse map",
      `${plural(result.rmap.anonVmas, "anon_vma")}, ${plural(result.rmap.anonVmaChains, "link")}; ` +
        `${plural(result.rmap.walks, "walk")}${meanPtes(result)}`,
    ],
  ];
  const { reclaim } = result;
  if (reclaim.scanned > 0 || reclaim.swapOut > 0) {
    items.push([
      "reclaim",
      `${count(reclaim.scanned)} scanned, ${count(reclaim.reclaimed)} freed ` +
        `(${count(reclaim.kswapd)} by kswapd, ${count(reclaim.direct)} by CPUs that needed frames); ` +
        `${count(reclaim.swapOut)} swapped out, ${count(reclaim.swapIn)} in`,
    ]);
  }
  items.push(["memory", memory(result)], ...looks(result), ["leaks", leaks(result, paint)]);
  if (result.invariants.checks > 0) {
    const { checks, violations } = result.invariants;
    items.push(["invariants", `${plural(checks, "check")}, ${plural(violations, "violation")}`]);
  }
  const skipped = counts(result.skipped);
  if (skipped) items.push(["skipped", skipped + more(result)]);
  const failed = counts(result.failed);
  if (failed) items.push(["refused", failed]);
  return items;
}

function lost({ lost: { events } }: ReplayResult, paint: Paint): string {
  return paint(
    "red",
    `perf lost ${plural(events, "event")} while it recorded: the figures below mean little`,
  );
}

function vforks({ vforks: count }: ReplayResult): string {
  return count === 0 ? "" : `${plural(count, "vfork")}, `;
}

function lineRate(result: ReplayResult): string {
  if (result.parseSeconds === 0) return "";
  return ` (${rate(result.lines / result.parseSeconds).replace("/s", " lines/s")})`;
}

function faults(result: ReplayResult): string {
  const { total, anon, cow, file, zero } = result.faults;
  const kinds = `anonymous ${count(anon)}, copy-on-write ${count(cow)}, file ${count(file)}, zero page ${count(zero)}`;
  const { faults: large, pages } = result.huge;
  const huge = large === 0 ? "" : `\n${plural(large, "huge fault")} mapped ${plural(pages, "page")}`;
  return `${plural(total, "fault")} at ${rate(result.faultsPerSecond)}\n${kinds}${huge}`;
}

function fidelity(result: ReplayResult, paint: Paint): string {
  const { samples, exact, within1, maxDiffPages, worst } = result.fidelity;
  if (samples === 0)
    return result.outside.samples === 0
      ? "the trace has no page counts to compare with"
      : "no page count of the kernel can be compared with the engine's";
  const share = paint(exact === samples ? "green" : "yellow", percent(exact, samples));
  const head = `${share} of ${plural(samples, "page count")} of the kernel equal the engine's`;
  if (exact === samples) return head;
  const lines = worst.slice(0, SHOWN).map(({ time, comm, tid, pages, counted }) => {
    return `  at ${(time / 1e9).toFixed(6)} ${shown(comm)}/${tid}: kernel ${count(pages)}, here ${count(counted)}`;
  });
  const within = `${percent(within1, samples)} within one page, at most ${plural(maxDiffPages, "page")} apart`;
  return [head, within, ...lines].join("\n");
}

function meanPtes(result: ReplayResult): string {
  const { walks, meanPtesPerWalk } = result.rmap;
  return walks > 0 ? `, ${meanPtesPerWalk.toFixed(1)} entries found by each on average` : "";
}

function outside({ outside: { samples, pages, causes } }: ReplayResult): string {
  const sum = pages === 0 ? "" : `, ${pages < 0 ? "−" : "+"}${plural(Math.abs(pages), "page")} in all`;
  return `${plural(samples, "page count")} that no event of the program explains${sum}: ${counts(causes)}`;
}

/** The first sample that differs: where, and why. */
export function differsText({ line, time, comm, tid, pages, counted, cause }: FirstDifference): string {
  const where = `first in line ${line}, at ${(time / 1e9).toFixed(6)}, ${shown(comm)}/${tid}`;
  return `${where}: kernel ${count(pages)}, here ${count(counted)}\n${cause}`;
}

function sharing({ sharing: { peak, mostSavedPages, copies } }: ReplayResult): string {
  const copied = `${plural(copies, "page")} copied at a write`;
  if (peak === null) return copied;
  const { seconds, mappedPages, framePages, savedPages } = peak;
  // A fork at which there was no look may have shared more.
  const exact = mostSavedPages <= savedPages;
  return (
    `at ${exact ? "most" : "least"} ${bytes(savedPages * PAGE_BYTES)} saved, at ${duration(seconds)}: ` +
    `${count(mappedPages)} anonymous pages in ${plural(framePages, "frame")}; ` +
    `${exact ? "" : `never more than ${bytes(mostSavedPages * PAGE_BYTES)}; `}${copied}`
  );
}

function memory(result: ReplayResult): string {
  const { limitBytes, peakFrameBytes, peakTableBytes, peakMetadataBytes } = result.memory;
  return (
    `at most ${bytes(peakFrameBytes)} of ${bytes(limitBytes)} in frames, ` +
    `${bytes(peakTableBytes)} in page tables, ${bytes(peakMetadataBytes)} in objects`
  );
}

/** The best of the looks at the memory; what sharing saved has a row of its own. */
function looks({ looks: { number, best } }: ReplayResult): Row[] {
  const others = best.filter(({ kind }) => kind !== "most shared").map(extremeText);
  return others.length === 0 ? [] : [["looks", [`best of ${count(number)}:`, ...others].join("\n")]];
}

function leaks(result: ReplayResult, paint: Paint): string {
  if (!hasLeaks(result.leaks)) return paint("green", "none");
  const { pages, tables, vmas, anonVmas, anonVmaChains } = result.leaks;
  return paint(
    "red",
    `${count(pages)} pages, ${count(tables)} tables, ${count(vmas)} mappings, ${count(anonVmas)} anon_vmas, ${count(anonVmaChains)} links`,
  );
}

/** The rest of the skipped events, which the list does not show. */
function more({ skippedMore: { names, events } }: ReplayResult): string {
  return names === 0 ? "" : `, and ${plural(names, "more name")} (${plural(events, "event")})`;
}

/** `name count, name count`, the most frequent first; empty without any. */
function counts(table: Readonly<Record<string, number>>): string {
  return Object.entries(table)
    .filter(([, value]) => value > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(", ");
}
