/** madvise about pages: cold (old before its time), pageout (reclaimed at once), free (the content may go). */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32 } from "../arch/rmw";
import {
  LOCK_PTE,
  MADV_FREE,
  MADV_PAGEOUT,
  PAGE_SIZE,
  PG_ACTIVE,
  PG_DIRTY,
  PG_REFERENCED,
  PG_SWAPCACHE,
  PTE_ACCESSED,
  PTE_DIRTY,
  SWAP_CLUSTER,
} from "../layout";
import { lruAddDrain } from "../lru/add";
import { lruvecOf } from "../lru/list";
import { folioDeactivate, folioMarkLazyfree } from "../lru/move";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { mkHole, pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent, pteSlot, setPteLocked } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { isolatePage } from "../reclaim/isolate";
import { shrinkGathered } from "../reclaim/shrink";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { pageTrylock } from "../sync/pagelock";
import { pageSwapcache, pageUnlockSwap, swapPut, swapTryRemove } from "../swap/cache";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** Applies the advice to [start, end), which one VMA covers. The mmap lock is held for reading. */
export function advisePages(mm: Mm, start: u64, end: u64, advice: u32): void {
  lruAddDrain(); // a page in a batch is on no list, so it could not be isolated
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    // At most one batch of reclaim is done under one hold of the table's lock.
    while (address < stop) address = adviseSome(mm, leafOf(mm, address), address, stop, advice);
  }
  lruAddDrain(); // the batch of moves holds references, which others would take for use
}

/**
 * Goes through entries of one leaf table until `stop`, or until a batch of pages is isolated. Returns the address where
 * it stopped.
 */
function adviseSome(mm: Mm, leaf: u64, address: u64, stop: u64, advice: u32): u64 {
  let isolated: u32 = 0;
  let stale = false;
  spinLock(ptlOf(leaf), LOCK_PTE);
  flushTlbBatchedPending(mm);
  for (; address < stop && isolated < SWAP_CLUSTER; address += PAGE_SIZE) {
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    if (advice == MADV_FREE && pteIsSwap(pte)) {
      setPteLocked(at, mkHole(mm));
      thisCpu().anonDelta--;
      swapPut(pteSlot(pte));
      continue;
    }
    if (!ptePresent(pte) || pteIsZero(pte)) continue;
    const page = ptePage(pte);
    // A page that others use as well is not this process's to give up.
    if (readOnce32(page.mapcountAt) != 1 || pageKsm(page)) continue;
    if (advice == MADV_FREE) {
      if (!markLazyfree(page)) continue;
      // Flushed below: a store that a TLB lets pass would not make the entry dirty again.
      setPteLocked(at, pte & ~(PTE_ACCESSED | PTE_DIRTY));
      stale = true;
      continue;
    }
    setPteLocked(at, pte & ~PTE_ACCESSED);
    atomicAnd32(page.flagsAt, ~PG_REFERENCED);
    if (advice != MADV_PAGEOUT) {
      folioDeactivate(page);
    } else if (isolatePage(page)) {
      atomicAnd32(page.flagsAt, ~PG_ACTIVE);
      thisCpu().setGatherPage(isolated++, changetype<u32>(page));
    }
  }
  if (stale) flushTlbMm(mm);
  spinUnlock(ptlOf(leaf));
  if (isolated != 0) shrinkGathered(isolated, lruvecOf(thisCpu().number), true);
  return address;
}

/**
 * Lets reclaim drop an anonymous page instead of writing it. False: it is a file's, other CPUs are busy with it, or
 * others use its slot in swap. Only one table maps it, and the lock of that table is held.
 */
function markLazyfree(page: Page): bool {
  if (!pageAnon(page)) return false;
  if ((readOnce32(page.flagsAt) & (PG_SWAPCACHE | PG_DIRTY)) != 0) {
    // The page's copy in swap, and the flag that says there is none, are of no use any more.
    if (!pageTrylock(page)) return false;
    const own = readOnce32(page.mapcountAt) == 1 && !pageKsm(page) && (!pageSwapcache(page) || swapTryRemove(page));
    if (own) atomicAnd32(page.flagsAt, ~PG_DIRTY);
    pageUnlockSwap(page);
    if (!own) return false;
  }
  folioMarkLazyfree(page);
  return true;
}
