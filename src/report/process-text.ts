/** The processes of a recording, a line each: those with most faults. */

import { PAGE_BYTES } from "../ops/operation.js";
import type { ProcessFigures } from "../replay/index.js";
import { bytes, count, plural } from "../text/numbers.js";
import { shown as printed } from "../text/words.js";
import { faultsOf } from "./recording.js";
import type { ReplayResult } from "./replay.js";

/** Processes to show. */
const SHOWN = 8;

/** One line for each of the processes with most faults, and one for the others. */
export function processLines({ processes, processesMore }: ReplayResult): string[] {
  const sorted = [...processes].sort((a, b) => faultsOf(b.faults) - faultsOf(a.faults));
  const shown = sorted.slice(0, SHOWN);
  const names = shown.map(({ comm, pid }) => `${printed(comm)}/${pid}`);
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = shown.map((process, at) => `${(names[at] as string).padEnd(width)}  ${processText(process)}`);
  const others = sorted.length - shown.length + processesMore.processes;
  if (others === 0) return lines;
  const faults = sorted.slice(SHOWN).reduce((sum, process) => sum + faultsOf(process.faults), 0);
  const rest = faults + faultsOf(processesMore.faults);
  return [...lines, `and ${plural(others, "more process", "more processes")} with ${plural(rest, "fault")}`];
}

function processText({
  faults,
  copies,
  swapIn,
  peakAnonPages,
  forks,
  vforks,
  began,
}: ProcessFigures): string {
  const kinds = [
    ["anonymous", faults.anon],
    ["copy-on-write", faults.cow],
    ["file", faults.file],
    ["zero page", faults.zero],
  ] as const;
  const of = kinds.filter(([, number]) => number > 0).map(([name, number]) => `${name} ${count(number)}`);
  const peak =
    peakAnonPages === 0 && began === "vfork"
      ? "in its parent's memory"
      : `at most ${bytes(peakAnonPages * PAGE_BYTES)}`;
  return [
    `${plural(faultsOf(faults), "fault")}${of.length === 0 ? "" : ` (${of.join(", ")})`}`,
    ...(copies > 0 ? [plural(copies, "copy", "copies")] : []),
    peak,
    ...(swapIn > 0 ? [`${count(swapIn)} from swap`] : []),
    ...(forks > 0 ? [plural(forks, "fork")] : []),
    ...(vforks > 0 ? [plural(vforks, "vfork")] : []),
  ].join("; ");
}
