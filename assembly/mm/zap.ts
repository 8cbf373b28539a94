/** Removes entries from the page tables, for munmap, madvise(DONTNEED) and exit. */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import { DELAY_TABLE_ZAPPED, LOCK_PTE, PAGE_SIZE, PG_DIRTY, PTE_ACCESSED, PTE_DIRTY, PTE_MIG_ANON } from "../layout";
import { folioMarkAccessed } from "../lru/move";
import { gather, gatherIsFull, releaseGathered } from "../lru/release";
import { Mm } from "../obj/mm";
import { pteIsMigration, pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent, pteSlot, setPteLocked } from "../pt/pte";
import { flushTlbMm, flushTlbPendingBeside, markTlbPending, tlbFlushedMarks, tlbMayHold } from "../pt/flush";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { pageAnon, removeRmapZapped } from "../rmap/map_page";
import { swapPut } from "../swap/cache";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Unmaps every page in [start, end). No page is freed before the TLBs have forgotten it. The TLBs are flushed before a
 * table's lock is dropped
 *
 *   - if a page of a file was written: whoever cleans the page finds no entry any more, and relies on it that
 *     nobody can write (1cf35d47712d);
 *   - at the last table, and where the gathered pages are released: a flush is due there anyway.
 *
 * Each entry that is not none becomes Cpu.hole.
 *
 * At the other tables one flush serves for several, and a mark tells others about it (99baac21e458). The mmap lock is
 * held, at least for reading, or nobody else can reach the mm.
 */
export function zapRange(mm: Mm, start: u64, end: u64): void {
  const hole = thisCpu().hole;
  let gathered: u32 = 0;
  let anon = 0;
  let stale = false;
  let seen = tlbFlushedMarks(mm);
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    const ptl = ptlOf(leaf);
    spinLock(ptl, LOCK_PTE);
    seen = flushTlbPendingBeside(mm, seen);
    let written = false;
    let at = pteAt(leaf, address);
    for (; address < stop; address += PAGE_SIZE, at += 8) {
      const pte = pteLocked(at);
      if (pte == 0) continue;
      setPteLocked(at, hole);
      if (pteIsSwap(pte)) {
        anon++;
        swapPut(pteSlot(pte));
        continue;
      }
      if (pteIsMigration(pte)) {
        // The move will find no entry here and leaves the page out.
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
        // If one process used the page, others may use it soon: a library's pages outlive each process.
        if ((pte & PTE_ACCESSED) != 0) folioMarkAccessed(page);
      }
      removeRmapZapped(page);
      gathered = gather(gathered, page);
    }
    const full = gatherIsFull(gathered);
    if (stale) {
      if (written || full || address >= end) {
        flushTlbMm(mm);
        stale = false;
      } else if (tlbMayHold(mm) && markTlbPending(mm) == seen) {
        seen++; // no other CPU set a mark in between
      }
    }
    spinUnlock(ptl);
    delayPoint(DELAY_TABLE_ZAPPED);
    if (full) {
      releaseGathered(gathered);
      gathered = 0;
    }
  }
  thisCpu().anonDelta -= anon;
  if (stale) flushTlbMm(mm);
  releaseGathered(gathered);
}
