/** What a replay needs from the machine that executes it: rings to fill, a run, and the outcomes. */

import type { OpCodes } from "../record/codes.js";

/** Counters of the machine since it booted; a replay reports differences. */
export interface MachineStats {
  /** Faults that gave a new zeroed page. */
  readonly anon: number;
  /** Faults that broke a sharing. */
  readonly cow: number;
  /** Faults that mapped file pages. */
  readonly file: number;
  /** Faults that mapped the shared zero page. */
  readonly zero: number;
}

/**
 * A machine with `cpus` rings of records. A replay fills all rings (a *window*), runs them to their end, reads the
 * outcomes, and starts over. Indices count from 0 in each window; the outcomes stay readable until the next push.
 */
export interface ReplayMachine {
  readonly codes: OpCodes;
  /** CPUs that take records: 0 to cpus - 1. */
  readonly cpus: number;
  /** Records that one CPU's ring holds. */
  readonly capacity: number;
  /** Address space slots: 0 to spaces - 1, all free at the start. */
  readonly spaces: number;
  /** File slots: 1 to files - 1, all free at the start (0 means no file). */
  readonly files: number;
  /**
   * Writes the next record of `cpu`; it is not executed before `run`. a, b and c are whole numbers below 2^53.
   * There is room: the replay never pushes more than `capacity` records between two runs.
   */
  push(
    cpu: number,
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
  ): void;
  /** Sets a flag on record `index` of this window, which was pushed and not run yet. */
  flag(cpu: number, index: number, flag: number): void;
  /** What `cpu` has published once record `index` of this window is done: the `a` of a WAIT record. */
  doneAfter(cpu: number, index: number): number;
  /** Executes what was pushed on every CPU; done when the last record of each is. Rejects when the engine crashed. */
  run(): Promise<void>;
  /** Result of record `index` of the window that ran: 0, -errno, or -(1000 + signal). */
  result(cpu: number, index: number): number;
  /** What record `index` of the window that ran returned: of a HASH record the hash, unsigned. */
  value(cpu: number, index: number): bigint;
  /** Change of the record's address space's anonymous (and swapped) pages; for FORK that of the child. */
  anonDelta(cpu: number, index: number): number;
  /**
   * Whether record `index` of the window that ran is the one at which the machine ran out of memory, where it ends a run at
   * that. A machine without it never does.
   */
  refused?(cpu: number, index: number): boolean;
  stats(): MachineStats;
}

/** Takes a program's operations, in trace order. Numbers as in `ReplayMachine.push`; `cpu` as the trace has it. */
export interface OpSink {
  push(
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number,
    b: number,
    c: number,
    cpu: number,
  ): void;
  /** True when the sink wants to be emptied before the next event. */
  readonly full: boolean;
}

/** A count of the kernel to compare with the machine's. */
export interface Sample {
  /** Slot of the address space. */
  readonly space: number;
  /** Anonymous pages, as the kernel counts them. */
  readonly pages: number;
  /** Nanoseconds of the trace's clock. */
  readonly time: number;
  readonly pid: number;
  readonly tid: number;
  readonly comm: string;
}

/** Takes the samples that count, between the operations that precede and follow them. */
export interface SampleSink {
  sample(space: number, pages: number, time: number, pid: number, tid: number, comm: string): void;
}
