/** Dropping references of pages: the last one takes a page off the LRU lists and frees it. */

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

/** Drops one reference. No lock that stands inside the LRU lock may be held. */
export function putPage(page: Page): void {
  if (!refDecAndTest(page.refcountAt)) return;
  lruDel(page);
  frameFree(page);
}

/** Drops one reference of each of the first `count` pages of this CPU's gather list; the LRU lock is taken once for many. */
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

/** Takes the mark of pages that are locked in memory from the first `count` pages of this CPU's gather list. */
export function makeGatheredEvictable(count: u32): void {
  for (let i: u32 = 0; i < count; i++) makeEvictable(changetype<Page>(thisCpu().gatherPage(i)));
}

/** Notes a page whose reference is to be dropped with the others; the new count. There is room for GATHER. */
@inline
export function gather(count: u32, page: Page): u32 {
  thisCpu().setGatherPage(count, changetype<u32>(page));
  return count + 1;
}

/** Whether a leaf table's worth of pages may no longer fit the gather list. */
@inline
export function gatherIsFull(count: u32): bool {
  return count + PTRS_PER_TABLE > GATHER;
}
