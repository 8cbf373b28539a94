/** Drops references to pages. The last one takes the page off the LRU lists and frees it. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { GATHER, LOCK_LRU, PG_LRU, PTRS_PER_TABLE } from "../layout";
import { countFrames, frameFree, frameFreeUncounted } from "../mem/frame";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { refDecAndTest } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { makeEvictable } from "./evictable";
import { lruDel, lruDelFreeLocked, lruvecOfFlags } from "./list";

/**
 * Drops one reference. The caller holds no lock inside the LRU lock. The flags are read after the reference is dropped.
 * Pairs with lruEnterLocked in lru/list.ts.
 */
export function putPage(page: Page): void {
  if (!refDecAndTest(page.refcountAt)) return;
  lruDel(page);
  frameFree(page);
}

/**
 * Drops one reference to each of the first `count` pages of this CPU's gather list. Takes each LRU lock once for many
 * pages.
 */
export function releaseGathered(count: u32): void {
  const cpu = thisCpu();
  let locked: u32 = 0;
  let freed = 0;
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.gatherPage(i));
    if (!refDecAndTest(page.refcountAt)) continue;
    const flags = readOnce32(page.flagsAt);
    if ((flags & PG_LRU) != 0) {
      const lruvec = lruvecOfFlags(flags);
      if (locked != changetype<u32>(lruvec)) {
        if (locked != 0) spinUnlock(changetype<Lruvec>(locked).lockAt);
        locked = changetype<u32>(lruvec);
        spinLock(lruvec.lockAt, LOCK_LRU);
      }
      lruDelFreeLocked(page, lruvec);
    }
    frameFreeUncounted(page);
    freed++;
  }
  countFrames(-freed);
  if (locked != 0) spinUnlock(changetype<Lruvec>(locked).lockAt);
}

/** Takes the unevictable mark from the first `count` pages of this CPU's gather list. */
export function makeGatheredEvictable(count: u32): void {
  for (let i: u32 = 0; i < count; i++) makeEvictable(changetype<Page>(thisCpu().gatherPage(i)));
}

/**
 * Notes a page whose reference is to be dropped with the others. Returns the new count. The list has room for GATHER
 * pages.
 */
@inline
export function gather(count: u32, page: Page): u32 {
  thisCpu().setGatherPage(count, changetype<u32>(page));
  return count + 1;
}

/** Whether the gather list may lack room for the pages of one more leaf table. */
@inline
export function gatherIsFull(count: u32): bool {
  return count + PTRS_PER_TABLE > GATHER;
}
