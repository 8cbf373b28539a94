/** Takes pages off the LRU lists, to look at them without the lists' lock, and puts them back. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { CPU_GATHER, LOCK_LRU, PG_LRU, SWAP_CLUSTER } from "../layout";
import { listAdd, listDel } from "../lib/list";
import { lruAddDrain, lruAddPut } from "../lru/add";
import {
  lruDelGetLocked,
  lruDelLocked,
  lruEnterLocked,
  lruLinkLocked,
  lruPushLocked,
  lruvecOfFlags,
  NO_LIST,
} from "../lru/list";
import { frameFree } from "../mem/frame";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Takes up to SWAP_CLUSTER pages off the cold end of a list into this CPU's gather list, each with a reference. Returns
 * how many. The reference keeps a page from being freed, and tells others that the page is not its mappers' alone.
 */
export function isolatePages(lruvec: Lruvec, list: u32): u32 {
  const cpu = thisCpu();
  let taken: u32 = 0;
  spinLock(lruvec.lockAt, LOCK_LRU);
  for (let looked: u32 = 0; looked < SWAP_CLUSTER * 2 && taken < SWAP_CLUSTER; looked++) {
    const at = lruvec.tail(list);
    if (at == 0) break;
    const page = changetype<Page>(at);
    if (lruDelGetLocked(page, lruvec, list)) {
      cpu.setGatherPage(taken, at);
      taken++;
    } else {
      // Another CPU is freeing the page. It goes to the warm end, out of the way.
      listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
      listAdd(lruvec.headAt(list), lruvec.tailAt(list), page);
    }
  }
  spinUnlock(lruvec.lockAt);
  return taken;
}

/**
 * Puts the isolated pages [first, end) of this CPU's gather list at the warm ends of the lists that their flags name,
 * and drops the references.
 */
export function putbackPages(first: u32, end: u32, lruvec: Lruvec): void {
  if (first != end) lruAddPut(lruvec, changetype<usize>(thisCpu()) + CPU_GATHER + (first << 2), end - first);
}

/** Puts one isolated page back, as putbackPages. */
export function putbackPage(page: Page, lruvec: Lruvec): void {
  spinLock(lruvec.lockAt, LOCK_LRU);
  const list = lruEnterLocked(page, lruvec);
  if (list == NO_LIST) {
    frameFree(page);
  } else {
    lruLinkLocked(page, lruvec, list, lruvec.head(list));
    lruPushLocked(lruvec, list, changetype<u32>(page), 1);
  }
  spinUnlock(lruvec.lockAt);
}

/**
 * Takes one page off its list. The caller holds a reference. False: the page is on no list (in a batch, or isolated by
 * another CPU).
 */
export function isolatePage(page: Page): bool {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();
  const flags = readOnce32(page.flagsAt);
  if ((flags & PG_LRU) == 0) return false;
  const lruvec = lruvecOfFlags(flags);
  spinLock(lruvec.lockAt, LOCK_LRU);
  // Since the look, another CPU may have isolated the page and put it back elsewhere.
  const now = readOnce32(page.flagsAt);
  const ok = (now & PG_LRU) != 0 && lruvecOfFlags(now) === lruvec;
  if (ok) {
    lruDelLocked(page, lruvec);
    refInc(page.refcountAt);
  }
  spinUnlock(lruvec.lockAt);
  return ok;
}
