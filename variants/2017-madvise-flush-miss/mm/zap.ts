/**
 * Removing entries, as from Linux 3.15 to 4.12: the flush of several tables says nothing to others before it is done.
 *
 *     CPU 0: drops a large range             CPU 1: its TLB knows page P
 *     clears P's entry, drops the lock
 *     goes on to the next table
 *                                            drops P: the entry is gone, nothing to flush
 *                                            reads P through its TLB: the old word, after its own call
 *     flushes
 *
 * Since 99baac21e458 a CPU that drops beside another one flushes as well (mm_tlb_flush_nested). This variant lacks
 * the mark of the base's zapRange, and its flush under the last table's lock.
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import { DELAY_TABLE_ZAPPED, LOCK_PTE, PAGE_SIZE, PG_DIRTY, PTE_ACCESSED, PTE_DIRTY, PTE_MIG_ANON } from "../layout";
import { folioMarkAccessed } from "../lru/move";
import { gather, gatherIsFull, releaseGathered } from "../lru/release";
import { Mm } from "../obj/mm";
import { pteIsMigration, pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent, pteSlot, setPteLocked } from "../pt/pte";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { pageAnon, removeRmapZapped } from "../rmap/map_page";
import { swapPut } from "../swap/cache";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Unmaps every page in [start, end). No page is freed before the TLBs have forgotten it; a page of a
 * file that was written, before the table's lock is dropped (1cf35d47712d). The mmap lock is held (for
 * reading at least) or nobody else can reach the mm.
 */
export function zapRange(mm: Mm, start: u64, end: u64): void {
  let gathered: u32 = 0;
  let anon = 0;
  let stale = false;
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    const ptl = ptlOf(leaf);
    spinLock(ptl, LOCK_PTE);
    flushTlbBatchedPending(mm);
    let written = false;
    let at = pteAt(leaf, address);
    for (; address < stop; address += PAGE_SIZE, at += 8) {
      const pte = pteLocked(at);
      if (pte == 0) continue;
      setPteLocked(at, 0);
      if (pteIsSwap(pte)) {
        anon++;
        swapPut(pteSlot(pte));
        continue;
      }
      if (pteIsMigration(pte)) {
        // The move will find no entry here any more.
        if ((pte & PTE_MIG_ANON) != 0) anon++;
        continue;
      }
      if (!ptePresent(pte)) continue;
      stale = true;
      if (pteIsZero(pte)) continue;
      const page = ptePage(pte);
      if (pageAnon(page)) anon++;
      else {
        if ((pte & PTE_DIRTY) != 0) {
          atomicOr32(page.flagsAt, PG_DIRTY);
          written = true;
        }
        // What one process used, others may soon: a library's pages outlive each one's exit.
        if ((pte & PTE_ACCESSED) != 0) folioMarkAccessed(page);
      }
      removeRmapZapped(page);
      gathered = gather(gathered, page);
    }
    if (written) {
      flushTlbMm(mm);
      stale = false;
    }
    spinUnlock(ptl);
    delayPoint(DELAY_TABLE_ZAPPED);
    if (gatherIsFull(gathered)) {
      if (stale) flushTlbMm(mm);
      stale = false;
      releaseGathered(gathered);
      gathered = 0;
    }
  }
  thisCpu().anonDelta -= anon;
  if (stale) flushTlbMm(mm);
  releaseGathered(gathered);
}
