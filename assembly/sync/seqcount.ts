/** A sequence count is odd while a writer is inside. A lock of their own keeps writers apart. */

import { smpRmb } from "../arch/barrier";
import { xchg32 } from "../arch/rmw";
import { loadAcquire32, readOnce32, storeRelease32 } from "../arch/access";

/**
 * Begins a write section: the count becomes odd before any store of the section. Pairs with seqRetry in
 * sync/seqcount.ts.
 */
@inline
export function seqWriteBegin(at: usize): void {
  xchg32(at, readOnce32(at) + 1);
}

/** Ends a write section: the count becomes even after all its stores. Pairs with seqRead in sync/seqcount.ts. */
@inline
export function seqWriteEnd(at: usize): void {
  storeRelease32(at, readOnce32(at) + 1);
}

/** The count, for a reader. Odd: a writer is inside. Pairs with seqWriteEnd in sync/seqcount.ts. */
@inline
export function seqRead(at: usize): u32 {
  return loadAcquire32(at);
}

/**
 * Whether a writer was inside at any time since `seqRead` gave `begin`. The reader's loads come before this one. Pairs
 * with seqWriteBegin in sync/seqcount.ts.
 */
@inline
export function seqRetry(at: usize, begin: u32): bool {
  smpRmb();
  return (begin & 1) != 0 || loadAcquire32(at) != begin;
}
