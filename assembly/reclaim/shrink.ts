/** Freeing pages of the inactive lists: Linux's shrink_folio_list, a page at a time. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32, cmpxchg32 } from "../arch/rmw";
import { LOCK_I_PAGES, PG_ACTIVE, PG_DIRTY, PG_REFERENCED, PG_UNEVICTABLE } from "../layout";
import { radixDelete } from "../file/radix";
import { frameFree } from "../mem/frame";
import { AddressSpace } from "../obj/file";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { pageMapped } from "../rmap/lock";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { folioReferenced, LOCKED_IN_MEMORY } from "../rmap/referenced";
import { tryToUnmap } from "../rmap/unmap";
import { pageSwapcache, swapCacheAdd, swapCacheFreeze, pageUnlockSwap } from "../swap/cache";
import { swapWrite } from "../swap/io";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { isolatePages, putbackPage } from "./isolate";

/** Isolates a batch of an inactive list and frees what it can; how many pages it freed. */
export function shrinkInactive(lruvec: Lruvec, list: u32): u32 {
  const cpu = thisCpu();
  const taken = isolatePages(lruvec, list);
  let freed: u32 = 0;
  for (let i: u32 = 0; i < taken; i++) {
    const page = changetype<Page>(cpu.gatherPage(i));
    cpu.statScanned++;
    if (shrinkOne(page)) freed++;
    else putbackPage(page, lruvec);
  }
  cpu.statReclaimed += freed;
  return freed;
}

/** Frees one isolated page if nobody used it lately. True: it is gone, with the isolation's reference. */
function shrinkOne(page: Page): bool {
  if (!pageTrylock(page)) return false;
  if (!isCold(page) || !prepare(page)) {
    pageUnlockSwap(page);
    return false;
  }
  const anon = pageAnon(page) || pageSwapcache(page);
  if (anon && (readOnce32(page.flagsAt) & PG_DIRTY) != 0 && pageSwapcache(page)) {
    // Nobody maps it: whoever wants it now waits for the page lock.
    atomicAnd32(page.flagsAt, ~PG_DIRTY);
    swapWrite(page);
    thisCpu().statSwapOut++;
  }
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
  const used = folioReferenced(page);
  if (used == LOCKED_IN_MEMORY) {
    // It will be put back on the list that nobody scans; munlock brings it back.
    atomicOr32(page.flagsAt, PG_UNEVICTABLE);
    return false;
  }
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
    // A merged page has many owners and is small gain: it stays.
    if (pageKsm(page)) return false;
    if (!pageSwapcache(page)) {
      // Its last mapping went: whoever unmapped it is about to free it.
      if (!pageMapped(page)) return true;
      if (!swapCacheAdd(page)) return false;
      atomicOr32(page.flagsAt, PG_DIRTY);
    }
  } else if ((readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    return false; // its only copy
  }
  if (pageMapped(page)) tryToUnmap(page);
  return !pageMapped(page) && (pageAnon(page) || (readOnce32(page.flagsAt) & PG_DIRTY) == 0);
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
  if (ok) {
    radixDelete(file, page.index);
    file.cached--;
  }
  spinUnlock(file.iPagesAt);
  return ok;
}
