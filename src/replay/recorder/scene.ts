/** What a recorder needs of the machine that runs a replay. */

import type { PageArrays, ScanSums } from "../../inspect/page-scan.js";
import type { PressurePoint } from "./figures.js";

/** Names for mappings, which only the trace knows. */
export interface MappingNames {
  /** Path of the file in a slot; "" for one without a name. */
  file(slot: number): string;
  /** Where the heap of the address space in a slot ends and its stack ends, in bytes; 0: unknown. */
  ends(slot: number): { readonly heap: number; readonly stack: number };
}

/** The machine at rest, between two windows. */
export interface ReplayScene {
  /** Scans the address spaces in these slots. */
  scan(slots: readonly number[]): ScanSums;
  /** A copy of the pages of the last scan. */
  take(): PageArrays;
  /** The four letters for a mapping's flags, as in /proc/PID/maps. */
  permissions(flags: number): string;
  pressure(): Omit<PressurePoint, "seconds">;
}

/** The records by which a CPU tells what it has counted. */
export interface TallyReader {
  readonly cpus: number;
  /** Reads record `index` of the last window, an OP_TALLY: by COUNTERS, each modulo 2^32. */
  tally(cpu: number, index: number, into: Uint32Array): void;
}
