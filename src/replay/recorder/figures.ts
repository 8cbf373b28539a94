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

/** Every mapped page of every process at one moment. */
export interface Moment {
  readonly kinds: readonly MomentKind[];
  readonly seconds: number;
  readonly sums: ScanSums;
  /** The owners, in the order of `pages.starts`, as places in the list of processes. */
  readonly owners: readonly number[];
  /** Where the heap of each address space ended and its stack, in bytes; 0: unknown. */
  readonly ends: readonly { readonly heap: number; readonly stack: number }[];
  readonly pages: PageArrays;
}

/** The words for what mappings have as numbers. */
export interface MappingWords {
  /** Paths by slot of the file. */
  readonly files: ReadonlyMap<number, string>;
  /** The four letters of /proc/PID/maps by the mapping's flags. */
  readonly permissions: ReadonlyMap<number, string>;
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

/** What the recorder itself did, in steps that a test can hold against the replay's. */
interface RecorderWork {
  /** Records by which CPUs told their counters. */
  readonly tallies: number;
  /** Windows that ended for a look, looks, and words that those read. */
  readonly breaks: number;
  readonly scans: number;
  readonly read: number;
  /** Times that had to be divided into bins, and rows of lanes that were stepped over. */
  readonly seeks: number;
  readonly steps: number;
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
  readonly words: MappingWords;
  /** Only where somebody asked for it. */
  readonly faults?: FaultEvents;
  readonly work: RecorderWork;
}
