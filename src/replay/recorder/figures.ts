/** What a recorder gives: plain data, which also crosses threads. Times are seconds since the recording's first event. */

import type { PageArrays, ScanSums } from "../../inspect/page-scan.js";
import type { Began } from "./processes.js";

/** Faults by what the engine did. */
export interface FaultKinds {
  /** Faults that gave a new zeroed page. */
  readonly anon: number;
  /** Faults that copied a shared page, or took it over. */
  readonly cow: number;
  /** Faults that mapped pages of a file. */
  readonly file: number;
  /** Faults that mapped the shared zero page. */
  readonly zero: number;
}

/** What one process did. An exec begins another process. */
export interface ProcessFigures {
  /** Its place in the order in which processes began, from 0. */
  readonly id: number;
  readonly pid: number;
  /** The name of its command. */
  readonly comm: string;
  readonly began: Began;
  /** The process that forked it, or that it was before its exec; null where the recording does not show it. */
  readonly parent: number | null;
  readonly startSeconds: number;
  /** null: it still ran when the recording ended. */
  readonly endSeconds: number | null;
  readonly faults: FaultKinds;
  /** Copy-on-write faults that copied a page. The others took over a page that nobody else had any more. */
  readonly copies: number;
  /** Pages that came back from swap. */
  readonly swapIn: number;
  /** The most anonymous pages that it had, as the engine counts; 0 for one that only used its parent's memory. */
  readonly peakAnonPages: number;
  readonly peakSeconds: number;
  readonly forks: number;
  readonly vforks: number;
}

/** The sums over processes that a list leaves out. */
export interface MoreProcesses {
  readonly processes: number;
  readonly faults: FaultKinds;
}

/** How much sharing saves, at one moment. */
export interface SharingPoint {
  readonly seconds: number;
  /** Anonymous pages that processes map, and the frames that hold them. */
  readonly mappedPages: number;
  readonly framePages: number;
}

/** What moments may have most of: pages that sharing saves, mapped frames, mappings of one anonymous page. */
export type Superlative = "most shared" | "most frames" | "longest walk";

/** Why a moment is worth a look. */
export type MomentKind = Superlative | "end";

/** The best of all looks. */
export interface BestLook {
  readonly kind: Superlative;
  readonly seconds: number;
  /** Pages that sharing saved, mapped frames, or mappings of one page. */
  readonly found: number;
  /** Anonymous pages that processes mapped then, and the frames that held them. */
  readonly mappedPages: number;
  readonly framePages: number;
}

/** A mapping of a process, in pages. */
export interface MomentMapping {
  readonly start: number;
  readonly end: number;
  /** Four letters, as in /proc/PID/maps. */
  readonly permissions: string;
  /** Path of the file, `[heap]`, `[stack]`; empty for other anonymous memory. */
  readonly name: string;
}

/** Every mapped page of every process at one moment. */
export interface Moment {
  readonly kinds: readonly MomentKind[];
  readonly seconds: number;
  readonly sums: ScanSums;
  /** The owners, in the order of `pages.starts`, as places in the list of processes. */
  readonly owners: readonly number[];
  readonly mappings: readonly (readonly MomentMapping[])[];
  readonly pages: PageArrays;
}

/** What reclaim had done by then. */
export interface PressurePoint {
  readonly seconds: number;
  readonly frames: number;
  readonly scanned: number;
  readonly reclaimed: number;
  readonly swapOut: number;
  readonly swapIn: number;
}

/** One page fault of the recording. */
export interface FaultEvents {
  /** Faults that the recording has; the arrays hold the first ones. */
  readonly total: number;
  /** Nanoseconds since the start, and until the thread's next event. */
  readonly times: Float64Array;
  readonly lengths: Float64Array;
  readonly addresses: Float64Array;
  readonly cpus: Uint16Array;
  readonly places: Int32Array;
  readonly threads: Int32Array;
  readonly codes: Uint8Array;
}

/** All that a recorder has seen. */
export interface RecorderFigures {
  readonly seconds: number;
  /** Seconds of a bin of the lanes. */
  readonly binSeconds: number;
  readonly processes: readonly ProcessFigures[];
  /** By process: rows of bin, anon, cow, file, zero, swapIn, reused, the engine's pages, the kernel's pages or -1. */
  readonly lanes: readonly Int32Array[];
  readonly sharing: readonly SharingPoint[];
  /** No moment of the recording saved more pages than that, also none at which there was no look. */
  readonly mostSavedPages: number;
  /** No anonymous page had more mappings than that, also at no moment without a look. */
  readonly mostMappings: number;
  /** The best looks; none of a kind of which no look found anything. */
  readonly best: readonly BestLook[];
  readonly pressure: readonly PressurePoint[];
  readonly moments: readonly Moment[];
  /** Only where somebody asked for it. */
  readonly faults?: FaultEvents;
  /** What the recorder itself did. */
  readonly work: {
    readonly tallies: number;
    readonly breaks: number;
    readonly scans: number;
    readonly read: number;
  };
}
