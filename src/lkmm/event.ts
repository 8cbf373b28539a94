/** What a process does to memory: the events of an execution. */
import type { Value } from "./value.js";

/** What an access is, as bits of `tags`. An access without PLAIN is marked. */
export const TAG = {
  plain: 1,
  acquire: 2,
  release: 4,
  /** An access of a fully ordered read-modify-write that succeeded. */
  full: 8,
  /** The read of an operation that returns nothing: smp_rmb() does not order it. */
  noReturn: 16,
  /** An access of a read-modify-write, also of one that failed. Those of locks are not among them. */
  rmw: 32,
  lockRead: 64,
  lockWrite: 128,
  unlock: 256,
  /** The write that gives back a lock that is no spin lock: the next holder sees what came before, and no more. */
  semaphore: 512,
} as const;

/** The kinds of barriers, and of RCU's and SRCU's operations. */
export type FenceKind =
  | "mb"
  | "rmb"
  | "wmb"
  | "barrier"
  | "read-depends"
  | "before-atomic"
  | "after-atomic"
  | "after-spinlock"
  | "after-unlock-lock"
  | "after-srcu-read-unlock"
  | "membarrier"
  | "rcu-lock"
  | "rcu-unlock"
  | "sync-rcu"
  | "srcu-lock"
  | "srcu-unlock"
  | "sync-srcu";

/** One event. Dependencies are places of reads in the same process. */
export interface Event {
  readonly kind: "R" | "W" | "F";
  /** -1 for the writes that make the initial state. */
  readonly process: number;
  /** Its place among the events of its process, from 0. */
  readonly index: number;
  /** Offset of its expression in the file. */
  readonly at: number;
  /** The location; for an event of SRCU, the structure; "" for other barriers. */
  readonly location: string;
  /** What it reads or writes; for srcu-lock and srcu-unlock, the index that ties them together. */
  readonly value: Value;
  readonly tags: number;
  readonly fence: FenceKind | undefined;
  readonly addr: readonly number[];
  readonly data: readonly number[];
  readonly ctrl: readonly number[];
  /** For the write of a read-modify-write: the place of its read. */
  readonly rmwOf: number | undefined;
}

/** The write that gives a location its initial value. */
export function initialWrite(location: string, value: Value): Event {
  return {
    kind: "W",
    process: -1,
    index: 0,
    at: 0,
    location,
    value,
    tags: 0,
    fence: undefined,
    addr: [],
    data: [],
    ctrl: [],
    rmwOf: undefined,
  };
}

/** A value and the reads of its process that it comes from. */
export interface Cell {
  readonly value: Value;
  readonly from: readonly number[];
}

/** A cell that comes from no read. */
export function constant(value: Value): Cell {
  return { value, from: NOTHING };
}

/** No reads. */
export const NOTHING: readonly number[] = [];

/** The reads of both lists, each once. */
export function union(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  return [...new Set([...a, ...b])];
}

/** One way through a process: its events, and its registers at the end. */
export interface Path {
  readonly events: readonly Event[];
  readonly registers: ReadonlyMap<string, Value>;
  /** `dead`: it read at something that is no address. `cut`: a loop was cut. Both are no part of an execution. */
  readonly end: "done" | "dead" | "cut";
}
