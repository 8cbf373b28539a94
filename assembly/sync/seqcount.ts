/** A sequence count: odd while a writer is inside. Writers are serialised by a lock of their own. */

import { smpRmb } from "../arch/barrier";
import { xchg32 } from "../arch/rmw";
import { loadAcquire32, readOnce32, storeRelease32 } from "../arch/access";

/** Begins a write section: the count becomes odd, before any store of the section. */
@inline
export function seqWriteBegin(at: usize): void {
  xchg32(at, readOnce32(at) + 1);
}

/** Ends a write section: the count becomes even. */
@inline
export function seqWriteEnd(at: usize): void {
  storeRelease32(at, readOnce32(at) + 1);
}

/** The count, for a reader; odd means that a writer is inside. */
@inline
export function seqRead(at: usize): u32 {
  return loadAcquire32(at);
}

/** Whether a writer was inside at any time since `seqRead` gave `begin`. */
@inline
export function seqRetry(at: usize, begin: u32): bool {
  smpRmb();
  return (begin & 1) != 0 || loadAcquire32(at) != begin;
}
