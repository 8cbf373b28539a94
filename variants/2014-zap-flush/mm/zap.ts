/**
 * Removing entries, as until Linux 3.14: TLBs are flushed when all entries are gone, whether they were dirty or not.
 *
 *     CPU 0: zap_pte_range               CPU 1: writeback              CPU 2: a store
 *     clears the entry, notes that
 *     the page is dirty; drops the lock
 *                                        clear_page_dirty_for_io:
 *                                        page_mkclean finds no entry
 *                                        writes the page
 *                                                                      through what its TLB remembers:
 *                                                                      lost
 *     flushes
 *
 * Since 1cf35d47712d dirty entries are flushed while the table's lock is held.
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import {
  DELAY_ZAPPED_STILL_UNFLUSHED,
  DELAY_ZAPPED_UNFLUSHED,
  LOCK_PTE,
  PAGE_SIZE,
  PG_DIRTY,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_MIG_ANON,
} from "../layout";
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
 * Unmaps every page in [start, end). No page is freed before the TLBs have forgotten it. The mmap lock is held (for
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
        if ((pte & PTE_DIRTY) != 0) atomicOr32(page.flagsAt, PG_DIRTY);
        // What one process used, others may soon: a library's pages outlive each one's exit.
        if ((pte & PTE_ACCESSED) != 0) folioMarkAccessed(page);
      }
      removeRmapZapped(page);
      gathered = gather(gathered, page);
    }
    spinUnlock(ptl);
    delayPoint(DELAY_ZAPPED_UNFLUSHED);
    delayPoint(DELAY_ZAPPED_STILL_UNFLUSHED);
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
