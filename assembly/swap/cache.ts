/**
 * The swap cache holds the pages that have a slot. Pages enter and leave it under the page lock and the area's lock.
 */

import { atomicAddPair, cmpxchg32 } from "../arch/rmw";
import { readOnce32, writeOnce32 } from "../arch/access";
import { LOCK_SWAP, PG_DIRTY, PG_SWAPCACHE } from "../layout";
import { putPage } from "../lru/release";
import { Page } from "../obj/page";
import { SWAP_FREE } from "../obj/swap";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { setCached, setCount, swapArea, swapGiveLocked, swapTakeLocked } from "./area";

/** Whether the page has a slot. */
@inline
export function pageSwapcache(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_SWAPCACHE) != 0;
}

/** Gives a locked anonymous page a slot. False: the area is full. */
export function swapCacheAdd(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const ok = swapCacheAddLocked(page);
  spinUnlock(swap.lockAt);
  return ok;
}

/** As swapCacheAdd with the area's lock held, for a caller that adds many. */
export function swapCacheAddLocked(page: Page): bool {
  const slot = swapTakeLocked();
  if (slot == 0) return false;
  // The mark and the cache's reference in one step. The mark is clear: the page lock is held.
  atomicAddPair(page.flagsAt, PG_SWAPCACHE, 1);
  attach(page, slot - 1);
  return true;
}

/** Makes `page`, which has the mark and a reference for the cache, the slot's page. The area's lock is held. */
function attach(page: Page, slot: u32): void {
  // RACE: pageUnlockSwap reads it without the area's lock, and decides nothing by it that it does not check again.
  writeOnce32(page.privAt, slot);
  setCached(slot, changetype<u32>(page));
}

/**
 * Takes a locked page from its slot. No other copy of the content exists then. The area's lock is held, and the caller
 * has another reference than the cache's. The bits and the cache's reference change in one step: the page lock is held,
 * so nobody else changes these bits.
 */
function detach(page: Page): void {
  forget(page.priv);
  const dirty = (readOnce32(page.flagsAt) & PG_DIRTY) != 0 ? 0 : PG_DIRTY;
  atomicAddPair(page.flagsAt, <i32>dirty - <i32>PG_SWAPCACHE, -1);
}

/** Takes the page from a slot, which is given back unless an entry names it. The area's lock is held. */
function forget(slot: u32): void {
  const swap = swapArea();
  setCached(slot, 0);
  if (swap.count(slot) == 0) swapGiveLocked(slot);
}

/**
 * The page of a slot with a reference. If no page has the slot and `fresh` is a page, `fresh` becomes the slot's page
 * and 0 is returned. The caller has locked and marked it, with a reference for the cache, and fills it. STALE_SLOT: no
 * entry names the slot any more.
 */
export function swapCacheGetOr(slot: u32, fresh: u32): u32 {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  let found = swap.cached(slot);
  if (found != 0) refInc(changetype<Page>(found).refcountAt);
  else if (fresh != 0) {
    const count = swap.count(slot);
    if (count == 0 || (count & SWAP_FREE) != 0) found = STALE_SLOT;
    else attach(changetype<Page>(fresh), slot);
  }
  spinUnlock(swap.lockAt);
  return found;
}

/** Not a page: the slot is no longer in use. */
export const STALE_SLOT: u32 = 1;

/**
 * Counts one entry less that names the slot of a locked page. True: no entry names it any more, and the page has left
 * the cache.
 */
export function swapPutOfPage(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const count = swap.count(page.priv) - 1;
  setCount(swap, page.priv, count);
  if (count == 0) detach(page);
  spinUnlock(swap.lockAt);
  return count == 0;
}

/** Takes a locked page out of the cache if no entry names its slot. True: the page has no slot any more. */
export function swapTryRemove(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const unused = swap.count(page.priv) == 0;
  if (unused) detach(page);
  spinUnlock(swap.lockAt);
  return unused;
}

/**
 * An entry that named the slot is gone. If it was the last, the cached page leaves the cache, unless another CPU is
 * busy with it.
 */
export function swapPut(slot: u32): void {
  const swap = swapArea();
  let page: u32 = 0;
  spinLock(swap.lockAt, LOCK_SWAP);
  const count = swap.count(slot) - 1;
  setCount(swap, slot, count);
  if (count == 0) {
    page = swap.cached(slot);
    if (page == 0) swapGiveLocked(slot);
    else refInc(changetype<Page>(page).refcountAt);
  }
  spinUnlock(swap.lockAt);
  if (page == 0) return;
  const p = changetype<Page>(page);
  // Only a try, because this runs under a table lock. If it fails, reclaim takes the page out later.
  if (pageTrylock(p)) {
    if (pageSwapcache(p) && p.priv == slot) swapTryRemove(p);
    pageUnlock(p);
  }
  putPage(p);
}

/**
 * Drops every cached page whose slot no entry names: pages that were busy when their last entry went. All CPUs must
 * stand still.
 */
export function swapPruneAll(): void {
  const swap = swapArea();
  for (let slot: u32 = 0; slot < swap.slots; slot++) {
    const at = swap.cached(slot);
    if (at == 0 || swap.count(slot) != 0) continue;
    const page = changetype<Page>(at);
    refInc(page.refcountAt);
    pageTrylock(page);
    swapTryRemove(page);
    pageUnlock(page);
    putPage(page);
  }
}

/**
 * Takes a locked, unmapped, clean page out of the cache for good. The area's lock is held. True: only the caller and
 * the cache had references; the count is 0, and the caller frees the frame, whose flags end with it. The exchange is a
 * full barrier: the dirty flag is read after the count is 0. Pairs with tryToUnmap in rmap/unmap.ts, which sets the
 * flag before it drops the entry's reference.
 */
export function swapCacheFreezeLocked(page: Page): bool {
  if (cmpxchg32(page.refcountAt, 2, 0) != 2) return false;
  if ((readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    // A process stored to the page since it was written out.
    cmpxchg32(page.refcountAt, 0, 2);
    return false;
  }
  forget(page.priv);
  return true;
}

/**
 * Unlocks a page to which the caller has a reference. A CPU that drops the last entry of a slot only tries the page
 * lock. If the caller's lock made it fail, the caller takes the page out of the cache.
 */
export function pageUnlockSwap(page: Page): void {
  while (true) {
    if (pageSwapcache(page)) swapTryRemove(page);
    pageUnlock(page);
    // RACE: the slot and its count are read without the area's lock. They are read again under the lock before anything
    // is done.
    if (!pageSwapcache(page) || readOnce32(swapArea().countAt(readOnce32(page.privAt))) != 0) return;
    if (!pageTrylock(page)) return; // the CPU that holds the lock does the same
  }
}
