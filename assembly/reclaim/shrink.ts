/** Frees pages of the inactive lists, a page at a time. Linux's shrink_folio_list. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32, cmpxchg32 } from "../arch/rmw";
import { LOCK_I_PAGES, PG_ACTIVE, PG_DIRTY, PG_REFERENCED, SWAP_CLUSTER } from "../layout";
import { blocksAreFull } from "../file/blocks";
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
 * Isolates a batch of an inactive list and frees what it can. Returns how many pages it freed. First it unmaps all of
 * them, then it flushes the TLBs once, and only then it writes or frees a page.
 */
export function shrinkInactive(lruvec: Lruvec, list: u32): u32 {
  return shrinkGathered(isolatePages(lruvec, list), lruvec, false);
}

/** Where the pages that are to be put back begin in the gather list. */
const KEPT: u32 = SWAP_CLUSTER;

/**
 * The same for the first `taken` pages, at most SWAP_CLUSTER, of this CPU's gather list, which are isolated. With
 * `force` even pages that were used lately are freed.
 */
export function shrinkGathered(taken: u32, lruvec: Lruvec, force: bool): u32 {
  const cpu = thisCpu();
  cpu.statScanned += taken;
  // Unmapped pages go to the front, the others behind KEPT. Both keep the order of the list.
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

/** Unmaps one isolated page if nobody used it lately. True: no entry maps it any more, and it is locked. */
function unmapOne(page: Page, force: bool): bool {
  if (!pageTrylock(page)) return false;
  if ((force || isCold(page)) && prepare(page)) return true;
  // Some of its entries may be gone. Whoever maps the page again relies on it that no TLB remembers them.
  tryToUnmapFlush();
  pageUnlockSwap(page);
  return false;
}

/**
 * Writes and frees one page that unmapOne has left locked. True: the page is gone, and so is the isolation's reference.
 */
function freeOne(page: Page): bool {
  const anon = pageAnon(page) || pageSwapcache(page);
  if (anon && (readOnce32(page.flagsAt) & PG_DIRTY) != 0 && pageSwapcache(page)) {
    // Nobody maps the page. Whoever wants it now waits for the page lock.
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
  // The count is 0, so the page lock ends with the page.
  pageUnlock(page);
  frameFree(page);
  return true;
}

/**
 * Whether the page was not used since the last look. A page that was used gets a second chance, and becomes active when
 * it was used twice.
 */
function isCold(page: Page): bool {
  if (!pageMapped(page)) return true;
  const used = folioReferenced(page, true);
  // It will be put on the list that nobody scans. munlock brings it back.
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

/** Gives an anonymous page a slot in swap, and unmaps the page everywhere. False: it must stay. */
function prepare(page: Page): bool {
  if (pageAnon(page)) {
    if (!lazyfree(page) && !pageSwapcache(page)) {
      // The last mapping is gone, and the CPU that unmapped the page is about to free it.
      if (!pageMapped(page)) return true;
      if (!swapCacheAdd(page)) return false;
      atomicOr32(page.flagsAt, PG_DIRTY);
    }
  } else if ((readOnce32(page.flagsAt) & PG_DIRTY) != 0 && page.priv == 0 && blocksAreFull()) {
    return false; // the only copy
  }
  if (pageMapped(page)) tryToUnmap(page);
  return !pageMapped(page);
}

/**
 * Takes the last references to an unmapped anonymous page: the isolation's and the swap cache's. False: someone else
 * holds one.
 */
function freeAnon(page: Page): bool {
  if (pageSwapcache(page)) return swapCacheFreeze(page);
  return cmpxchg32(page.refcountAt, 1, 0) == 1;
}

/**
 * Takes an unmapped, clean page of a file out of the page cache. False: someone else holds a reference, or the page is
 * dirty. The exchange is a full barrier: the dirty flag is read after the count is 0. Pairs with zapRange in mm/zap.ts,
 * which sets the flag before it drops the entry's reference.
 */
function freeFile(page: Page): bool {
  if (page.mapping == 0) return cmpxchg32(page.refcountAt, 1, 0) == 1; // truncated
  const file = changetype<AddressSpace>(page.mapping);
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let ok = cmpxchg32(page.refcountAt, 2, 0) == 2;
  if (ok && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    // A process wrote to the page through a mapping that came and went between the look at the flags and now.
    cmpxchg32(page.refcountAt, 0, 2);
    ok = false;
  }
  if (ok) cacheRemoveLocked(file, page);
  spinUnlock(file.iPagesAt);
  return ok;
}
