/** What a recorder saw, in the figures that the text, the JSON and the page of a replay share. */

import type { FaultKinds, Moment, MoreProcesses, ProcessFigures, RecorderFigures } from "../replay/index.js";

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
  readonly moments: readonly MomentSummary[];
}

/** Faults of all kinds. */
export function faultsOf({ anon, cow, file, zero }: FaultKinds): number {
  return anon + cow + file + zero;
}

/** Sums up what a recorder saw. */
export function recordingSummary(recorded: RecorderFigures): RecordingSummary {
  const byFaults = [...recorded.processes].sort(
    (a, b) => faultsOf(b.faults) - faultsOf(a.faults) || a.id - b.id,
  );
  const rest = byFaults.slice(MOST);
  return {
    recordedSeconds: recorded.seconds,
    processes: byFaults.slice(0, MOST).sort((a, b) => a.id - b.id),
    processesMore: { processes: rest.length, faults: summed(rest) },
    sharing: sharingOf(recorded),
    moments: recorded.moments.map(({ kinds, seconds, sums, owners }) => ({
      ...{ kinds, seconds, processes: owners.length },
      ...{ anonPages: sums.anonMapped, anonFrames: sums.anonFrames },
      ...{ filePages: sums.fileMapped, fileFrames: sums.fileFrames },
      ...{ zeroPages: sums.zeroMapped, swappedPages: sums.swapped, longestWalk: sums.mostMapped },
    })),
  };
}

function sharingOf({ sharing, processes, mostSavedPages }: RecorderFigures): Sharing {
  const copies = processes.reduce((sum, process) => sum + process.copies, 0);
  let peak: Sharing["peak"] = null;
  for (const { seconds, mappedPages, framePages } of sharing) {
    const savedPages = mappedPages - framePages;
    if (savedPages > (peak?.savedPages ?? 0)) peak = { seconds, mappedPages, framePages, savedPages };
  }
  return { peak, mostSavedPages, copies };
}

function summed(processes: readonly ProcessFigures[]): FaultKinds {
  const sum = { anon: 0, cow: 0, file: 0, zero: 0 };
  for (const { faults } of processes)
    for (const kind of Object.keys(sum) as (keyof FaultKinds)[]) sum[kind] += faults[kind];
  return sum;
}
