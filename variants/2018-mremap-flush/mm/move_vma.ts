/**
 * Moving a mapping with its pages to another place, as until Linux 4.19: the old addresses are flushed at the end,
 * without any lock (CVE-2018-18281).
 *
 *     CPU 0: mremap                     CPU 1: another thread           CPU 2: reclaim, truncate
 *     move_ptes: the entry moves
 *     drops the table locks
 *                                                                       unmaps the page at its new address;
 *                                                                       the flush finds nothing there
 *                                                                       frees the page
 *                                       stores at the old address,
 *                                       through what its TLB remembers
 *     flush_tlb_range(old addresses)
 *
 * Fixed by flushing before both locks are dropped (eb66ae030829).
 */

import { delayPoint } from "../arch/delay";
import { DELAY_MOVED_STILL_UNFLUSHED, DELAY_MOVED_UNFLUSHED, LOCK_PTE, PAGE_SIZE } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { pteLocked, ptePresent, setPteLocked } from "../pt/pte";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { leafAlloc, leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinLockNested, spinUnlock } from "../sync/spinlock";

/** Moves the entries of [from, from + length) to `to`. False: no memory for a table; some may have moved. */
function movePages(mm: Mm, source: Vma, target: Vma, from: u64, to: u64, length: u64): bool {
  const locked = needRmapLocks(source, target);
  if (locked) lockRmap(source);
  const end = from + length;
  let ok = true;
  let stale = false;
  for (let address = nextLeaf(mm, from, end); address < end;) {
    const there = to + (address - from);
    // Up to the end of the leaf table on either side.
    const stop = min(min(leafEnd(address), address + (leafEnd(there) - there)), end);
    const leaf = leafAlloc(mm, there);
    if (leaf == 0) {
      ok = false;
      break;
    }
    if (moveEntries(mm, leafOf(mm, address), address, leaf, there, stop)) stale = true;
    delayPoint(DELAY_MOVED_UNFLUSHED);
    address = nextLeaf(mm, stop, end);
  }
  if (locked) unlockRmap(source);
  // Now, for all of it.
  delayPoint(DELAY_MOVED_UNFLUSHED);
  delayPoint(DELAY_MOVED_STILL_UNFLUSHED);
  if (stale) flushTlbMm(mm);
  return ok;
}

/** Undoes movePages: both sides' tables exist, so it cannot fail. */
function movePagesBack(mm: Mm, source: Vma, target: Vma, from: u64, to: u64, length: u64): void {
  const locked = needRmapLocks(target, source);
  if (locked) lockRmap(source);
  const end = from + length;
  for (let address = nextLeaf(mm, from, end); address < end;) {
    const there = to + (address - from);
    const stop = min(min(leafEnd(address), address + (leafEnd(there) - there)), end);
    const leaf = leafOf(mm, there);
    if (leaf != 0) moveEntries(mm, leafOf(mm, address), address, leaf, there, stop);
    address = nextLeaf(mm, stop, end);
  }
  if (locked) unlockRmap(source);
  flushTlbMm(mm);
}

/**
 * Moves the entries of [address, stop) of one leaf table to another, or within one. The old
 * addresses are flushed by the caller, at the end. True: there is something to flush.
 */
function moveEntries(mm: Mm, fromLeaf: u64, address: u64, toLeaf: u64, there: u64, stop: u64): bool {
  const fromLock = ptlOf(fromLeaf);
  const toLock = ptlOf(toLeaf);
  spinLock(fromLock, LOCK_PTE);
  // Who else takes two table locks of this mm holds the mmap lock for writing: nobody.
  if (toLock != fromLock) spinLockNested(toLock, LOCK_PTE);
  flushTlbBatchedPending(mm);
  let stale = false;
  let at = pteAt(fromLeaf, address);
  let to = pteAt(toLeaf, there);
  for (; address < stop; address += PAGE_SIZE, at += 8, to += 8) {
    const pte = pteLocked(at);
    if (pte == 0) continue;
    if (ptePresent(pte)) stale = true;
    setPteLocked(at, 0);
    setPteLocked(to, pte);
  }
  if (toLock != fromLock) spinUnlock(toLock);
  spinUnlock(fromLock);
  return stale;
}
