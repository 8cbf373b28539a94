/** Returns pages that no mapping locks in memory any more to the lists that reclaim scans. */

import { readOnce32 } from "../arch/access";
import { atomicAnd32, cmpxchg32 } from "../arch/rmw";
import { LOCK_LRU, PG_LRU, PG_UNEVICTABLE } from "../layout";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lruAddLocked, lruDelLocked, lruvecOfFlags } from "./list";

/**
 * Takes the unevictable mark from a page. If another mapping still locks the page, reclaim marks it again. The caller
 * holds a reference, or the lock of a table that maps the page.
 *
 * The flag also names the page's list. It may change only under that list's lock, or in one step while the page is on
 * no list.
 */
export function makeEvictable(page: Page): void {
  let flags = readOnce32(page.flagsAt);
  while ((flags & PG_UNEVICTABLE) != 0) {
    if ((flags & PG_LRU) == 0) {
      const found = cmpxchg32(page.flagsAt, flags, flags & ~PG_UNEVICTABLE);
      if (found == flags) return;
      flags = found;
      continue;
    }
    const lruvec = lruvecOfFlags(flags);
    spinLock(lruvec.lockAt, LOCK_LRU);
    flags = readOnce32(page.flagsAt);
    if ((flags & PG_LRU) != 0 && lruvecOfFlags(flags) === lruvec) {
      lruDelLocked(page, lruvec);
      flags = atomicAnd32(page.flagsAt, ~PG_UNEVICTABLE) & ~PG_UNEVICTABLE;
      lruAddLocked(page, lruvec);
    }
    spinUnlock(lruvec.lockAt);
  }
}
