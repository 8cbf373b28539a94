/** Frees pages of the inactive lists, a page at a time. Linux's shrink_folio_list. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, cmpxchg32 } from "../arch/rmw";
import { LOCK_I_PAGES, LOCK_SWAP, NOTICE_SWAP_OUT, PG_DIRTY, SWAP_CLUSTER } from "../layout";
import { blocksAreFull } from "../file/blocks";
import { cacheRemoveLocked } from "../file/cache";
import { countFrames, frameFreeUncounted } from "../mem/frame";
import { notice } from "../mem/notice";
import { AddressSpace } from "../obj/file";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { tryToUnmapFlush } from "../pt/flush";
import { pageMapped } from "../rmap/lock";
import { lazyfree, pageAnon } from "../rmap/map_page";
import { folioReferenced } from "../rmap/referenced";
import { runPage } from "../rmap/run";
import { markDirty, tryToUnmap } from "../rmap/unmap";
import { swapArea } from "../swap/area";
import { pageSwapcache, pageUnlockSwap, swapCacheAdd, swapCacheFreezeLocked } from "../swap/cache";
import { swapWrite } from "../swap/io";
import { pageTrylock, pageUnlockFree } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { isolatePages, putbackPages } from "./isolate";
import { judge } from "./judge";
import { gatherRun, unmapRun } from "./run";
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
  for (let i: u32 = 0; i < taken;) {
    const count = gatherRun(i, taken);
    const together = count != 0 && unmapRun(count, force);
    const end = i + max(count, 1);
    for (let first = i; i < end; i++) {
      const page = changetype<Page>(cpu.gatherPage(i));
      const isReady = together
        ? runPage(i - first).used == 0
        : (count != 0 || pageTrylock(page)) && unmapOne(page, force);
      if (together && !isReady) unlockKept(page);
      cpu.setGatherPage(isReady ? ready++ : kept++, changetype<u32>(page));
    }
  }
  tryToUnmapFlush();
  for (let i: u32 = 0; i < ready; i++) writeOut(changetype<Page>(cpu.gatherPage(i)));
  const freed = freeAll(ready);
  for (let i = freed; i < ready; i++) {
    pageUnlockSwap(changetype<Page>(cpu.gatherPage(i)));
    cpu.setGatherPage(kept++, cpu.gatherPage(i));
  }
  countFrames(-(<i32>freed));
  putbackPages(KEPT, kept, lruvec);
  cpu.statReclaimed += freed;
  return freed;
}

/**
 * Unmaps one isolated, locked page if nobody used it lately. True: no entry maps it any more, and it is still locked.
 */
function unmapOne(page: Page, force: bool): bool {
  if ((force || isCold(page)) && prepare(page)) return true;
  unlockKept(page);
  return false;
}

/** Unlocks an isolated page that stays. */
function unlockKept(page: Page): void {
  // Some of its entries may be gone. Whoever maps the page again relies on it that no TLB remembers them.
  tryToUnmapFlush();
  pageUnlockSwap(page);
}

/** Writes an unmapped, locked page to its slot or its file, if that lacks what the page holds. */
function writeOut(page: Page): void {
  if ((readOnce32(page.flagsAt) & PG_DIRTY) == 0) return;
  if (pageSwapcache(page)) {
    // Nobody maps the page. Whoever wants it now waits for the page lock.
    atomicAnd32(page.flagsAt, ~PG_DIRTY);
    swapWrite(page);
    thisCpu().statSwapOut++;
    notice(NOTICE_SWAP_OUT, 0, page.priv);
  } else if (!pageAnon(page) && page.mapping != 0) {
    writePageLocked(page);
  }
}

/**
 * Frees what it can of the first `count` pages of this CPU's gather list, which are unmapped and locked. Takes the swap
 * area's lock once for neighbouring pages with slots. The pages that stay move behind the others. Returns how many are
 * gone.
 */
function freeAll(count: u32): u32 {
  const cpu = thisCpu();
  const swap = swapArea();
  let freed: u32 = 0;
  let locked = false;
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.gatherPage(i));
    const hasSlot = pageSwapcache(page);
    if (hasSlot != locked) {
      if (locked) spinUnlock(swap.lockAt);
      else spinLock(swap.lockAt, LOCK_SWAP);
      locked = hasSlot;
    }
    const gone = hasSlot ? swapCacheFreezeLocked(page) : pageAnon(page) ? freeze(page, 1) : freeFile(page);
    if (!gone) continue;
    // The page changes its place with the first one that stays.
    cpu.setGatherPage(i, cpu.gatherPage(freed));
    cpu.setGatherPage(freed++, changetype<u32>(page));
    pageUnlockFree(page);
    frameFreeUncounted(page);
  }
  if (locked) spinUnlock(swap.lockAt);
  return freed;
}

/** Takes the last `count` references to a page. False: someone else holds one. */
@inline
function freeze(page: Page, count: u32): bool {
  return cmpxchg32(page.refcountAt, count, 0) == count;
}

/** Whether the page was not used since the last look. */
@inline
function isCold(page: Page): bool {
  return !pageMapped(page) || judge(page, folioReferenced(page, true));
}

/** Gives an anonymous page a slot in swap, and unmaps the page everywhere. False: it must stay. */
function prepare(page: Page): bool {
  if (pageAnon(page)) {
    if (!lazyfree(page) && !pageSwapcache(page)) {
      // The last mapping is gone, and the CPU that unmapped the page is about to free it.
      if (!pageMapped(page)) return true;
      if (!swapCacheAdd(page)) return false;
      markDirty(page);
    }
  } else if ((readOnce32(page.flagsAt) & PG_DIRTY) != 0 && page.priv == 0 && blocksAreFull()) {
    return false; // the only copy
  }
  if (pageMapped(page)) tryToUnmap(page);
  return !pageMapped(page);
}

/**
 * Takes an unmapped, clean page of a file out of the page cache. False: someone else holds a reference, or the page is
 * dirty. The exchange is a full barrier: the dirty flag is read after the count is 0. Pairs with zapRange in mm/zap.ts,
 * which sets the flag before it drops the entry's reference.
 */
function freeFile(page: Page): bool {
  if (page.mapping == 0) return freeze(page, 1); // truncated
  const file = changetype<AddressSpace>(page.mapping);
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let ok = freeze(page, 2);
  if (ok && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    // A process wrote to the page through a mapping that came and went between the look at the flags and now.
    cmpxchg32(page.refcountAt, 0, 2);
    ok = false;
  }
  if (ok) cacheRemoveLocked(file, page);
  spinUnlock(file.iPagesAt);
  return ok;
}
