/** What a recorder saw, in the figures that the text, the JSON and the page of a replay share. */

import { PAGE_BYTES } from "../ops/operation.js";
import type { FaultKinds, Moment, MoreProcesses, ProcessFigures, RecorderFigures } from "../replay/index.js";
import { bytes, count, duration } from "../text/numbers.js";

/** The most processes to list. */
const MOST = 1000;

/** What sharing saved. */
export interface Sharing {
  /** The moment at which it saved most of those at which there was a look; null when nothing was ever shared. */
  readonly peak: {
    readonly seconds: number;
    /** Anonymous pages that processes mapped, the frames that held them, and the difference. */
    readonly mappedPages: number;
    readonly framePages: number;
    readonly savedPages: number;
  } | null;
  /** No moment saved more pages than that, also none at which there was no look. */
  readonly mostSavedPages: number;
  /** Pages that were copied because somebody wrote to a shared one. */
  readonly copies: number;
}

/** What the best look found, and what no moment exceeds. */
export interface Extreme {
  readonly kind: "most shared" | "most frames" | "longest walk";
  readonly seconds: number;
  /** Pages that sharing saved, mapped frames, or mappings of one anonymous page. */
  readonly found: number;
  /**
   * No moment had more, also none at which there was no look. For frames that is what the allocators counted: it has also those that
   * nobody maps. For mappings, the most address spaces that lived at once and had come from each other by fork.
   */
  readonly neverMore: number;
}

/** The looks that the recorder took at the memory. */
export interface Looks {
  readonly number: number;
  /** The best of them, by kind. */
  readonly best: readonly Extreme[];
}

/** A moment worth a look, without its pages. */
export interface MomentSummary {
  readonly kinds: Moment["kinds"];
  readonly seconds: number;
  readonly processes: number;
  readonly anonPages: number;
  readonly anonFrames: number;
  readonly filePages: number;
  readonly fileFrames: number;
  readonly zeroPages: number;
  readonly swappedPages: number;
  /** Entries that a walk of the reverse map finds for the anonymous frame that has most. */
  readonly longestWalk: number;
}

/** The figures of a recording that are part of a replay's report. */
export interface RecordingSummary {
  readonly recordedSeconds: number;
  readonly processes: readonly ProcessFigures[];
  readonly processesMore: MoreProcesses;
  readonly sharing: Sharing;
  readonly looks: Looks;
  readonly moments: readonly MomentSummary[];
}

/** Faults of all kinds. */
export function faultsOf({ anon, cow, file, zero }: FaultKinds): number {
  return anon + cow + file + zero;
}

/** An extreme in words, for the text and the page. */
export function extremeText({ kind, seconds, found, neverMore }: Extreme): string {
  const figure = (value: number) => (kind === "longest walk" ? count(value) : bytes(value * PAGE_BYTES));
  const what = { "most shared": " saved", "most frames": " mapped", "longest walk": " mappings of one page" };
  const bound = found >= neverMore ? "the most of all moments" : `never more than ${figure(neverMore)}`;
  return `${kind}: ${figure(found)}${what[kind]} at ${duration(seconds)}, ${bound}`;
}

/** Sums up what a recorder saw. `frames`: the most frames that were ever in use, as the allocators count. */
export function recordingSummary(recorded: RecorderFigures, frames: number): RecordingSummary {
  const { best, mostSavedPages, mostMappings, work } = recorded;
  const bounds = { "most shared": mostSavedPages, "most frames": frames, "longest walk": mostMappings };
  const byFaults = [...recorded.processes].sort(
    (a, b) => faultsOf(b.faults) - faultsOf(a.faults) || a.id - b.id,
  );
  const rest = byFaults.slice(MOST);
  return {
    recordedSeconds: recorded.seconds,
    processes: byFaults.slice(0, MOST).sort((a, b) => a.id - b.id),
    processesMore: { processes: rest.length, faults: summed(rest) },
    sharing: sharingOf(recorded),
    looks: {
      number: work.scans,
      best: best.map(({ kind, seconds, found }) => ({ kind, seconds, found, neverMore: bounds[kind] })),
    },
    moments: recorded.moments.map(({ kinds, seconds, sums, owners }) => ({
      ...{ kinds, seconds, processes: owners.length },
      ...{ anonPages: sums.anonMapped, anonFrames: sums.anonFrames },
      ...{ filePages: sums.fileMapped, fileFrames: sums.fileFrames },
      ...{ zeroPages: sums.zeroMapped, swappedPages: sums.swapped, longestWalk: sums.mostMapped },
    })),
  };
}

function sharingOf({ best, processes, mostSavedPages }: RecorderFigures): Sharing {
  const copies = processes.reduce((sum, process) => sum + process.copies, 0);
  const most = best.find(({ kind }) => kind === "most shared");
  if (most === undefined) return { peak: null, mostSavedPages, copies };
  const { seconds, mappedPages, framePages, found } = most;
  return { peak: { seconds, mappedPages, framePages, savedPages: found }, mostSavedPages, copies };
}

function summed(processes: readonly ProcessFigures[]): FaultKinds {
  const sum = { anon: 0, cow: 0, file: 0, zero: 0 };
  for (const { faults } of processes)
    for (const kind of Object.keys(sum) as (keyof FaultKinds)[]) sum[kind] += faults[kind];
  return sum;
}
