/** What accesses order, and how they depend on reads. */
import type { Switches } from "./rules.js";

/** What an access is, as bits. */
export const ORDER = {
  acquire: 1,
  release: 2,
  /** The read of an operation that returns nothing. */
  silent: 4,
  /** The read that takes a lock. */
  lock: 8,
  /** The write that gives a lock back: also a release. */
  unlock: 16,
  /** Such a write of a spin lock: its critical section comes before the next one of the same CPU for everybody. */
  handOver: 32,
} as const;

/** How a read counts for an access that depends on it. */
export type Dependency = "address" | "data" | "control";

/** Whether an order is that of an operation that returns nothing: read barriers do not order its read. */
export function isSilent(order: number, off: Switches): boolean {
  return (order & ORDER.silent) !== 0 && !off["no-return"];
}

/** Whether an order is that of a release. */
export function isRelease(order: number, off: Switches): boolean {
  return (order & ORDER.release) !== 0 && !off["release"];
}
