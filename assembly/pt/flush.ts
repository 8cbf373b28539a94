/**
 * Flushes TLBs after entries lost a right or their page.
 *
 *   under the lock   most places flush before they drop the table's lock
 *   for a batch      reclaim, and a drop of memory that spans several tables, clear entries, drop the
 *                    table's lock and flush once for many, before the first page is written or freed.
 *                    Under the lock they mark the address space (Mm.tlbPending)
 *
 * So an entry that is gone may still be in a TLB. Whoever finds one gone calls flushTlbBatchedPending under the table's
 * lock. No call therefore returns while a TLB holds what the call found removed.
 *
 * Follows Linux's arch_tlbbatch and flush_tlb_batched_pending (3ea277194daa). The mark of a drop does what
 * mm_tlb_flush_nested does there (99baac21e458): docs/decisions/0012.
 */

import { loadAcquire32, readOnce32, storeRelease32, writeOnce32 } from "../arch/access";
import { cpuOf, thisCpu } from "../arch/cpu";
import { atomicAdd32 } from "../arch/rmw";
import { tlbInvalidate } from "../arch/tlb";
import { Mm } from "../obj/mm";

/** Empties the TLBs of a set of CPUs, a bit each. */
function flushCpus(low: u32, high: u32): void {
  if ((low | high) == 0) return;
  const cpu = thisCpu();
  cpu.statTlbFlushes++;
  for (; low != 0; low &= low - 1) invalidate(ctz(low));
  for (; high != 0; high &= high - 1) invalidate(32 + ctz(high));
}

function invalidate(number: u32): void {
  thisCpu().statTlbShootdowns++;
  tlbInvalidate(cpuOf(number));
}

/**
 * Makes every CPU forget what it remembers of `mm`. When this returns, no entry that was changed before is used any
 * more. Takes no lock, and may be called under any.
 */
@inline
export function flushTlbMm(mm: Mm): void {
  // A CPU that fills its TLB sets its bit before it takes a table's lock: either it saw our change, or we see its bit.
  // Pairs with tlbBegin in arch/tlb.ts.
  if (tlbMayHold(mm)) flushSet(mm);
}

function flushSet(mm: Mm): void {
  // Acquire: the count is read before the set of CPUs, which then holds the CPUs of every change that the count
  // includes. Pairs with markTlbPending in pt/flush.ts.
  const pending = loadAcquire32(mm.tlbPendingAt);
  flushCpus(readOnce32(mm.tlbCpus0At), readOnce32(mm.tlbCpus0At + 4));
  // RACE: two CPUs may note different counts in either order. The worst is one flush more. Release: the flush is done
  // before the count says so. Pairs with tlbFlushIsPending and flushTlbPendingBeside in pt/flush.ts.
  if (pending != readOnce32(mm.tlbFlushedAt)) storeRelease32(mm.tlbFlushedAt, pending);
}

/** No CPU will run in `mm` any more, so nobody looks at what TLBs hold of it. */
export function tlbForget(mm: Mm): void {
  // RACE: a walk of the reverse map may look at the set meanwhile. Whichever it sees is right: nobody needs the flush.
  writeOnce32(mm.tlbCpus0At, 0);
  writeOnce32(mm.tlbCpus0At + 4, 0);
}

/**
 * Marks that entries of `mm` were removed and are flushed only after the table's lock is dropped. That lock is held.
 * Returns the number of marks before. The set of CPUs was complete before. Pairs with flushSet in pt/flush.ts.
 */
export function markTlbPending(mm: Mm): u32 {
  return atomicAdd32(mm.tlbPendingAt, 1);
}

/** Whether any CPU may hold an entry of `mm`. A table's lock is held, and the answer holds for that table's entries. */
@inline
export function tlbMayHold(mm: Mm): bool {
  return (readOnce32(mm.tlbCpus0At) | readOnce32(mm.tlbCpus0At + 4)) != 0;
}

/** Notes that an entry of `mm` was removed and tryToUnmapFlush will flush it. The table's lock is held. */
export function deferTlbFlush(mm: Mm): void {
  if (!tlbMayHold(mm)) return;
  const cpu = thisCpu();
  cpu.unmapped0 |= readOnce32(mm.tlbCpus0At);
  cpu.unmapped1 |= readOnce32(mm.tlbCpus0At + 4);
  markTlbPending(mm);
}

/** Flushes what deferTlbFlush noted. Called before an unmapped page is written, unlocked or freed. */
export function tryToUnmapFlush(): void {
  const cpu = thisCpu();
  const low = cpu.unmapped0;
  const high = cpu.unmapped1;
  if ((low | high) == 0) return;
  cpu.unmapped0 = 0;
  cpu.unmapped1 = 0;
  flushCpus(low, high);
}

/**
 * Whether a TLB may still hold an entry of `mm` that is gone from the tables. A table's lock is held, and the answer
 * holds for that table's entries. Acquire: a count that is flushed was flushed before. Pairs with flushSet in
 * pt/flush.ts.
 */
@inline
export function tlbFlushIsPending(mm: Mm): bool {
  return readOnce32(mm.tlbPendingAt) != loadAcquire32(mm.tlbFlushedAt);
}

/** Flushes `mm` if another CPU removed entries and has not flushed yet. A table's lock is held. */
@inline
export function flushTlbBatchedPending(mm: Mm): void {
  if (tlbFlushIsPending(mm)) flushTlbMm(mm);
}

/**
 * As flushTlbBatchedPending, for a caller that sets marks itself: the marks between `seen` and now are another CPU's.
 * Returns the number of marks. Begin with tlbFlushedMarks. Pairs with flushSet in pt/flush.ts.
 */
export function flushTlbPendingBeside(mm: Mm, seen: u32): u32 {
  const pending = readOnce32(mm.tlbPendingAt);
  if (pending != seen && pending != loadAcquire32(mm.tlbFlushedAt)) flushTlbMm(mm);
  return pending;
}

/** How many marks of `mm` are flushed for sure. Pairs with flushSet in pt/flush.ts. */
@inline
export function tlbFlushedMarks(mm: Mm): u32 {
  return loadAcquire32(mm.tlbFlushedAt);
}
