/** The LRU lists: one set a CPU, each with a lock. A page's flags say which set it is on. */

import { readOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import {
  LOCK_LRU, LRU_UNEVICTABLE, PG_ACTIVE, PG_LRU, PG_LRUVEC_MASK, PG_LRUVEC_SHIFT, PG_SWAPBACKED, PG_UNEVICTABLE,
} from "../layout";
import { listAdd, listDel } from "../lib/list";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** The lists of CPU `number`. */
@inline
export function lruvecOf(number: u32): Lruvec {
  return changetype<Lruvec>(ctl().lruvecBase + number * offsetof<Lruvec>());
}

/** The lists that a page with these flags is on. */
@inline
export function lruvecOfFlags(flags: u32): Lruvec {
  return lruvecOf((flags >> PG_LRUVEC_SHIFT) & PG_LRUVEC_MASK);
}

/** Which list a page with these flags is on. */
@inline
export function listOfFlags(flags: u32): u32 {
  if ((flags & PG_UNEVICTABLE) != 0) return LRU_UNEVICTABLE;
  return ((flags & PG_SWAPBACKED) != 0 ? 0 : 2) + ((flags & PG_ACTIVE) != 0 ? 1 : 0);
}

/** Takes a page that has no references left off its list, if it is on one. */
@inline
export function lruDel(page: Page): void {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) return;
  const lruvec = lruvecOfFlags(page.flags);
  spinLock(lruvec.lockAt, LOCK_LRU);
  lruDelLocked(page, lruvec);
  spinUnlock(lruvec.lockAt);
}

/** As lruDel for a page of `lruvec`, whose lock is held. */
@inline
export function lruDelLocked(page: Page, lruvec: Lruvec): void {
  const list = listOfFlags(page.flags);
  listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
  lruvec.addCount(list, -1);
  atomicAnd32(page.flagsAt, ~(PG_LRU | (PG_LRUVEC_MASK << PG_LRUVEC_SHIFT)));
}

/** As lruDelLocked for a page without references, which is freed at once: nobody looks at its flags any more. */
@inline
export function lruDropLocked(page: Page, lruvec: Lruvec): void {
  const list = listOfFlags(page.flags);
  listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
  lruvec.addCount(list, -1);
}

/** Puts a page that is on no list on the one that its flags name, at the warm end. The lock of `lruvec` is held. */
export function lruAddLocked(page: Page, lruvec: Lruvec): void {
  const list = listOfFlags(page.flags);
  atomicOr32(page.flagsAt, PG_LRU | (lruvec.number << PG_LRUVEC_SHIFT));
  listAdd(lruvec.headAt(list), lruvec.tailAt(list), page);
  lruvec.addCount(list, 1);
}
