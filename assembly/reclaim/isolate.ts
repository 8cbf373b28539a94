/** Taking pages off the LRU lists, to look at them without the lists' lock, and putting them back. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32 } from "../arch/rmw";
import { LOCK_LRU, PG_LRU, PG_LRUVEC_MASK, PG_LRUVEC_SHIFT, SWAP_CLUSTER } from "../layout";
import { listAdd, listDel } from "../lib/list";
import { lruAddDrain } from "../lru/add";
import { lruAddLocked, lruDelLocked, lruvecOfFlags } from "../lru/list";
import { putPage } from "../lru/release";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { refInc, refIncNotZero } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Takes up to SWAP_CLUSTER pages off the cold end of a list, into this CPU's gather list, each with
 * a reference; how many. The reference is what keeps a page from being freed, and what tells others
 * that it is not its mappers' alone.
 */
export function isolatePages(lruvec: Lruvec, list: u32): u32 {
  const cpu = thisCpu();
  let taken: u32 = 0;
  spinLock(lruvec.lockAt, LOCK_LRU);
  for (let looked: u32 = 0; looked < SWAP_CLUSTER * 2 && taken < SWAP_CLUSTER; looked++) {
    const at = lruvec.tail(list);
    if (at == 0) break;
    const page = changetype<Page>(at);
    listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
    if (refIncNotZero(page.refcountAt)) {
      lruvec.addCount(list, -1);
      atomicAnd32(page.flagsAt, ~(PG_LRU | (PG_LRUVEC_MASK << PG_LRUVEC_SHIFT)));
      cpu.setGatherPage(taken, at);
      taken++;
    } else {
      // It is being freed, by someone who waits for this lock to take it off.
      listAdd(lruvec.headAt(list), lruvec.tailAt(list), page);
    }
  }
  spinUnlock(lruvec.lockAt);
  return taken;
}

/** Puts an isolated page on the list that its flags name, at the warm end, and drops the reference. */
export function putbackPage(page: Page, lruvec: Lruvec): void {
  spinLock(lruvec.lockAt, LOCK_LRU);
  lruAddLocked(page, lruvec);
  spinUnlock(lruvec.lockAt);
  putPage(page);
}

/** Takes one page, to which the caller holds a reference, off its list. False: it is on none (in a batch, or isolated by another). */
export function isolatePage(page: Page): bool {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();
  const flags = readOnce32(page.flagsAt);
  if ((flags & PG_LRU) == 0) return false;
  const lruvec = lruvecOfFlags(flags);
  spinLock(lruvec.lockAt, LOCK_LRU);
  // It may have been isolated, and put back elsewhere, since the look.
  const now = readOnce32(page.flagsAt);
  const ok = (now & PG_LRU) != 0 && lruvecOfFlags(now) === lruvec;
  if (ok) {
    lruDelLocked(page, lruvec);
    refInc(page.refcountAt);
  }
  spinUnlock(lruvec.lockAt);
  return ok;
}
