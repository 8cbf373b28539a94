/**
 * Flushing TLBs after entries lost a right or their page.
 *
 *   under the lock   most places flush before they drop the table's lock
 *   for a batch      reclaim, and a drop of memory that spans several tables, clear entries, drop the
 *                    table's lock and flush once for many, before the first page is written or freed.
 *                    Under the lock they mark the address space (Mm.tlbPending)
 *
 * Whoever looks at an entry that is gone must not conclude that no TLB has it: flushTlbBatchedPending,
 * under the table's lock. So no call returns while a TLB holds what the call found taken away.
 *
 * Follows Linux's arch_tlbbatch and flush_tlb_batched_pending (3ea277194daa). The mark of a drop does
 * what mm_tlb_flush_nested does there (99baac21e458): docs/decisions/0012.
 */

import { loadAcquire32, readOnce32, storeRelease32 } from "../arch/access";
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
 * Makes every CPU forget what it remembers of `mm`: entries that were changed before are not used
 * any more when this returns. Takes no lock, and may be called under any.
 */
@inline
export function flushTlbMm(mm: Mm): void {
  // Who fills its TLB sets its bit before it takes a table's lock: either it saw our change or we see its bit.
  if (tlbMayHold(mm)) flushSet(mm);
}

function flushSet(mm: Mm): void {
  // Acquire, before the set of CPUs is read: it holds the CPUs of every change that this count includes.
  const pending = loadAcquire32(mm.tlbPendingAt);
  flushCpus(readOnce32(mm.tlbCpus0At), readOnce32(mm.tlbCpus0At + 4));
  // RACE: two may note different counts in either order; the worst is one flush more.
  // Release, after the flush. Pairs with the acquire in tlbFlushIsPending.
  if (pending != readOnce32(mm.tlbFlushedAt)) storeRelease32(mm.tlbFlushedAt, pending);
}

/** No CPU will run in `mm` any more: what TLBs hold of it is never looked at. */
export function tlbForget(mm: Mm): void {
  mm.tlbCpus0 = 0;
  mm.tlbCpus1 = 0;
}

/**
 * Entries of `mm` were taken away, and their flush comes after the table's lock is dropped. That lock is held. Returns how
 * many marks there were before.
 */
export function markTlbPending(mm: Mm): u32 {
  return atomicAdd32(mm.tlbPendingAt, 1);
}

/** Whether any CPU may hold an entry of `mm`. A table's lock is held: the answer holds for the entries of that table. */
@inline
export function tlbMayHold(mm: Mm): bool {
  return (readOnce32(mm.tlbCpus0At) | readOnce32(mm.tlbCpus0At + 4)) != 0;
}

/** An entry of `mm` was taken away and is left to tryToUnmapFlush. Its table's lock is held. */
export function deferTlbFlush(mm: Mm): void {
  if (!tlbMayHold(mm)) return;
  const cpu = thisCpu();
  cpu.unmapped0 |= readOnce32(mm.tlbCpus0At);
  cpu.unmapped1 |= readOnce32(mm.tlbCpus0At + 4);
  markTlbPending(mm);
}

/** Flushes what deferTlbFlush left: before a page that was unmapped is written, unlocked or freed. */
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
 * Whether a TLB may still hold an entry of `mm` that is gone from the tables. A table's lock is held: the answer holds for
 * the entries of that table.
 */
@inline
export function tlbFlushIsPending(mm: Mm): bool {
  return readOnce32(mm.tlbPendingAt) != loadAcquire32(mm.tlbFlushedAt);
}

/** Flushes `mm` if somebody took entries away and has not flushed yet. A table's lock is held. */
@inline
export function flushTlbBatchedPending(mm: Mm): void {
  if (tlbFlushIsPending(mm)) flushTlbMm(mm);
}

/**
 * flushTlbBatchedPending for one who leaves marks itself: marks that came between `seen` and now are another's. Returns how
 * many marks there are. Begin with `tlbFlushedMarks`.
 */
export function flushTlbPendingBeside(mm: Mm, seen: u32): u32 {
  const pending = readOnce32(mm.tlbPendingAt);
  if (pending != seen && pending != loadAcquire32(mm.tlbFlushedAt)) flushTlbMm(mm);
  return pending;
}

/** How many marks of `mm` are flushed for sure. */
@inline
export function tlbFlushedMarks(mm: Mm): u32 {
  return loadAcquire32(mm.tlbFlushedAt);
}
