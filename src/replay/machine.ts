/** The machine that executes a replay: it has rings to fill, runs them, and gives the outcomes. */

import type { OpCodes } from "../record/codes.js";

/** Counters of the machine since it booted; a replay reports differences. */
export interface MachineStats {
  /** Faults that gave a new zeroed page. */
  readonly anon: number;
  /** Faults that copied a shared page. */
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
   * Writes the next record of `cpu`. `run` executes it. a, b and c are whole numbers below 2^53. The replay never
   * pushes more than `capacity` records between two runs, so there is room.
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
  /** Sets a flag on record `index` of this window. The record must be pushed and not yet run. */
  flag(cpu: number, index: number, flag: number): void;
  /** The index that `cpu` publishes when record `index` of this window is done: the `a` of a WAIT record. */
  doneAfter(cpu: number, index: number): number;
  /**
   * Executes the pushed records of every CPU. Resolves when the last record of each is done. Rejects when the engine
   * has crashed.
   */
  run(): Promise<void>;
  /** Result of record `index` of the last window: 0, -errno, or -(1000 + signal). */
  result(cpu: number, index: number): number;
  /** The value that record `index` of the last window returned; for a HASH record the hash, unsigned. */
  value(cpu: number, index: number): bigint;
  /** Change of the record's address space's anonymous (and swapped) pages; for FORK that of the child. */
  anonDelta(cpu: number, index: number): number;
  /**
   * True when the machine ran out of memory at record `index` of the last window, and ends a run at that. A machine
   * without this method never does.
   */
  refused?(cpu: number, index: number): boolean;
  stats(): MachineStats;
}

/**
 * Takes a program's operations, in trace order. Numbers are as in `ReplayMachine.push`; `cpu` is the trace's number.
 */
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
  /** True when you must empty the sink before the next event. */
  readonly full: boolean;
}

/** OP_TOUCH's aux for writes in an order with everything else in the address space: one fault mapped all the pages. */
export const TOUCH_WINDOW = 3;

/** A thread's last access to memory. The machine fills it in when the access has run, in the trace's order. */
export interface Access {
  /** Its change of the count of anonymous pages; of a fault that came several times in a row: the changes' sum. */
  delta: number;
  refused: boolean;
}

/** What a sample is for. */
export const SAMPLE_OTHER = 0;
/** The first one after its thread's fault. */
export const SAMPLE_FAULT = 1;
/** No event explains it. */
export const SAMPLE_OUTSIDE = 2;

/** A count of the kernel, to compare with the machine's. */
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
  /** One of the SAMPLE_ constants. */
  readonly kind: number;
  /** The thread's last access. */
  readonly access: Access;
  /**
   * Pages of a huge page that the fault seems to have mapped, and the access to its window; 0 pages for a fault that
   * mapped one page.
   */
  readonly huge: number;
  readonly window: Access;
  /** True when no other thread's work hides what the count should be. */
  readonly comparable: boolean;
  /** Why no event explains it, when none does. */
  readonly cause: string;
}

/** Takes what the kernel counted, between the operations before and after it. */
export interface SampleSink {
  /** The last operation is this access; `again`: one more time. */
  access(access: Access, again: boolean): void;
  sample(sample: Sample): void;
  /** A call ends in a space where no other thread works. `grows`: it may fill pages by itself. */
  leave(space: number, grows: boolean): void;
}

/** Takes the samples and drops them. */
export const NO_SAMPLES: SampleSink = { access() {}, sample() {}, leave() {} };
