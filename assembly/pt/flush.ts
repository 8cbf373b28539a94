/**
 * Flushing TLBs after entries lost a right or their page.
 *
 *   at once       munmap, mprotect, mremap, copy-on-write, fork: before the page may be freed or the
 *                 change relied on
 *   for a batch   reclaim unmaps many pages and flushes once, before the first is written or freed.
 *                 Meanwhile whoever changes entries of that mm must not conclude, from an entry that
 *                 is gone already, that nobody uses it: flushTlbBatchedPending, under the table's lock
 *
 * Follows Linux's arch_tlbbatch and flush_tlb_batched_pending (3ea277194daa).
 */

import { readOnce32, writeOnce32 } from "../arch/access";
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
  const low = readOnce32(mm.tlbCpus0At);
  const high = readOnce32(mm.tlbCpus0At + 4);
  if ((low | high) != 0) flushCpus(low, high);
}

/** No CPU will run in `mm` any more: what TLBs hold of it is never looked at. */
export function tlbForget(mm: Mm): void {
  mm.tlbCpus0 = 0;
  mm.tlbCpus1 = 0;
}

/** An entry of `mm` was taken away and is left to tryToUnmapFlush. Its table's lock is held. */
export function deferTlbFlush(mm: Mm): void {
  const low = readOnce32(mm.tlbCpus0At);
  const high = readOnce32(mm.tlbCpus0At + 4);
  if ((low | high) == 0) return;
  const cpu = thisCpu();
  cpu.unmapped0 |= low;
  cpu.unmapped1 |= high;
  atomicAdd32(mm.tlbPendingAt, 1);
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

/** Flushes `mm` if reclaim may have left a flush of it to later. A table's lock is held. */
@inline
export function flushTlbBatchedPending(mm: Mm): void {
  const pending = readOnce32(mm.tlbPendingAt);
  // RACE: two may find the same and note it in either order; the worst is one flush more.
  if (pending == readOnce32(mm.tlbFlushedAt)) return;
  flushTlbMm(mm);
  writeOnce32(mm.tlbFlushedAt, pending);
}
