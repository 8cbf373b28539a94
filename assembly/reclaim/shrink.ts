/** Freeing pages of the inactive lists: Linux's shrink_folio_list, a page at a time. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32, cmpxchg32 } from "../arch/rmw";
import { LOCK_I_PAGES, PG_ACTIVE, PG_DIRTY, PG_REFERENCED, SWAP_CLUSTER } from "../layout";
import { blockStore } from "../file/blocks";
import { cacheRemoveLocked } from "../file/cache";
import { frameFree } from "../mem/frame";
import { AddressSpace } from "../obj/file";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { tryToUnmapFlush } from "../pt/flush";
import { pageMapped } from "../rmap/lock";
import { lazyfree, pageAnon } from "../rmap/map_page";
import { folioReferenced, LOCKED_IN_MEMORY, RMAP_CONTENDED } from "../rmap/referenced";
import { tryToUnmap } from "../rmap/unmap";
import { pageSwapcache, swapCacheAdd, swapCacheFreeze, pageUnlockSwap } from "../swap/cache";
import { swapWrite } from "../swap/io";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { isolatePages, putbackPages } from "./isolate";
import { writePageLocked } from "./writeback";

/**
 * Isolates a batch of an inactive list and frees what it can; how many pages it freed. First all of
 * them are unmapped, then the TLBs are flushed, once, and only then is a page written or freed.
 */
export function shrinkInactive(lruvec: Lruvec, list: u32): u32 {
  return shrinkGathered(isolatePages(lruvec, list), lruvec, false);
}

/** Where the gather list holds what is to be put back. */
const KEPT: u32 = SWAP_CLUSTER;

/** The same for the first `taken` pages, at most SWAP_CLUSTER, of this CPU's gather list, which are isolated. `force`: even those that were used lately. */
export function shrinkGathered(taken: u32, lruvec: Lruvec, force: bool): u32 {
  const cpu = thisCpu();
  cpu.statScanned += taken;
  // What is unmapped stands in front, what stays behind KEPT: both in the order of the list.
  let ready: u32 = 0;
  let kept = KEPT;
  for (let i: u32 = 0; i < taken; i++) {
    const page = cpu.gatherPage(i);
    if (unmapOne(changetype<Page>(page), force)) cpu.setGatherPage(ready++, page);
    else cpu.setGatherPage(kept++, page);
  }
  tryToUnmapFlush();
  let freed: u32 = 0;
  for (let i: u32 = 0; i < ready; i++) {
    const page = cpu.gatherPage(i);
    if (freeOne(changetype<Page>(page))) freed++;
    else cpu.setGatherPage(kept++, page);
  }
  putbackPages(KEPT, kept, lruvec);
  cpu.statReclaimed += freed;
  return freed;
}

/** Unmaps one isolated page if nobody used it lately. True: it is unmapped everywhere, and locked. */
function unmapOne(page: Page, force: bool): bool {
  if (!pageTrylock(page)) return false;
  if ((force || isCold(page)) && prepare(page)) return true;
  // Some of its entries may be gone: who maps it again relies on that nobody remembers them.
  tryToUnmapFlush();
  pageUnlockSwap(page);
  return false;
}

/** Writes and frees one page that unmapOne has left locked. True: it is gone, with the isolation's reference. */
function freeOne(page: Page): bool {
  const anon = pageAnon(page) || pageSwapcache(page);
  if (anon && (readOnce32(page.flagsAt) & PG_DIRTY) != 0 && pageSwapcache(page)) {
    // Nobody maps it: whoever wants it now waits for the page lock.
    atomicAnd32(page.flagsAt, ~PG_DIRTY);
    swapWrite(page);
    thisCpu().statSwapOut++;
  }
  if (!anon && page.mapping != 0 && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) writePageLocked(page);
  const gone = anon ? freeAnon(page) : freeFile(page);
  if (!gone) {
    pageUnlockSwap(page);
    return false;
  }
  // The count is 0: the page lock dies with the page.
  pageUnlock(page);
  frameFree(page);
  return true;
}

/** Second chance: a page that was used since the last look is kept, and activated when that happens twice. */
function isCold(page: Page): bool {
  if (!pageMapped(page)) return true;
  const used = folioReferenced(page, true);
  // It will be put back on the list that nobody scans; munlock brings it back.
  if (used == LOCKED_IN_MEMORY) return false;
  if (used == RMAP_CONTENDED) return false; // another round
  if (used == 0) {
    atomicAnd32(page.flagsAt, ~PG_REFERENCED);
    return true;
  }
  if (used > 1 || (readOnce32(page.flagsAt) & PG_REFERENCED) != 0) atomicOr32(page.flagsAt, PG_ACTIVE);
  else atomicOr32(page.flagsAt, PG_REFERENCED);
  return false;
}

/** Gives an anonymous page its slot, unmaps the page everywhere. False: it must stay. */
function prepare(page: Page): bool {
  if (pageAnon(page)) {
    if (!lazyfree(page) && !pageSwapcache(page)) {
      // Its last mapping went: whoever unmapped it is about to free it.
      if (!pageMapped(page)) return true;
      if (!swapCacheAdd(page)) return false;
      atomicOr32(page.flagsAt, PG_DIRTY);
    }
  } else if ((readOnce32(page.flagsAt) & PG_DIRTY) != 0 && page.priv == 0 && blockStore().free == 0) {
    return false; // its only copy. RACE: a guess; to write it, a block is taken
  }
  if (pageMapped(page)) tryToUnmap(page);
  return !pageMapped(page);
}

/** Takes the last references of an unmapped anonymous page: the isolation's, and the swap cache's. */
function freeAnon(page: Page): bool {
  if (pageSwapcache(page)) return swapCacheFreeze(page);
  return cmpxchg32(page.refcountAt, 1, 0) == 1;
}

/** Takes an unmapped, clean page of a file out of the page cache. */
function freeFile(page: Page): bool {
  if (page.mapping == 0) return cmpxchg32(page.refcountAt, 1, 0) == 1; // truncated
  const file = changetype<AddressSpace>(page.mapping);
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let ok = cmpxchg32(page.refcountAt, 2, 0) == 2;
  if (ok && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    // Written through a mapping that came and went between the look at the flags and now.
    cmpxchg32(page.refcountAt, 0, 2);
    ok = false;
  }
  if (ok) cacheRemoveLocked(file, page);
  spinUnlock(file.iPagesAt);
  return ok;
}
