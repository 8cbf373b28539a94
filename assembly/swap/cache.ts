/** The swap cache: pages that have a slot. Added to and removed from under the page lock and the area's lock. */

import { atomicAnd32, atomicOr32, cmpxchg32 } from "../arch/rmw";
import { readOnce32 } from "../arch/access";
import { LOCK_SWAP, PG_DIRTY, PG_SWAPCACHE } from "../layout";
import { putPage } from "../lru/release";
import { Page } from "../obj/page";
import { SWAP_FREE } from "../obj/swap";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { swapArea, swapGiveLocked, swapTakeLocked } from "./area";

/** Whether the page has a slot. */
@inline
export function pageSwapcache(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_SWAPCACHE) != 0;
}

/** Gives a locked anonymous page a slot. False: the area is full. */
export function swapCacheAdd(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const slot = swapTakeLocked();
  if (slot != 0) attach(page, slot - 1);
  spinUnlock(swap.lockAt);
  return slot != 0;
}

/** The area's lock is held. */
function attach(page: Page, slot: u32): void {
  refInc(page.refcountAt);
  page.priv = slot;
  atomicOr32(page.flagsAt, PG_SWAPCACHE);
  swapArea().setCached(slot, changetype<u32>(page));
}

/** The area's lock is held. The caller puts the cache's reference afterwards. */
function detach(page: Page): void {
  const swap = swapArea();
  swap.setCached(page.priv, 0);
  if (swap.count(page.priv) == 0) swapGiveLocked(page.priv);
  atomicAnd32(page.flagsAt, ~PG_SWAPCACHE);
}

/**
 * The page of a slot that some entry names, with a reference; or 0 and, if `fresh` is a page,
 * `fresh` is the slot's page now (locked by the caller, who fills it). `stale`: nothing names the slot any more.
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

/** No page: the slot is not in use any more. */
export const STALE_SLOT: u32 = 1;

/** One entry less names the slot of a locked page. True: none does any more, and the page has left the cache. */
export function swapPutOfPage(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const count = swap.count(page.priv) - 1;
  swap.setCount(page.priv, count);
  if (count == 0) detach(page);
  spinUnlock(swap.lockAt);
  if (count == 0) {
    atomicOr32(page.flagsAt, PG_DIRTY); // its content stands nowhere else
    putPage(page);
  }
  return count == 0;
}

/** Takes a locked page out of the cache if no entry names its slot. True: it has no slot any more. */
export function swapTryRemove(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const unused = swap.count(page.priv) == 0;
  if (unused) detach(page);
  spinUnlock(swap.lockAt);
  if (unused) {
    atomicOr32(page.flagsAt, PG_DIRTY);
    putPage(page);
  }
  return unused;
}

/** An entry that named the slot is gone. If it was the last, a cached page that nobody is busy with leaves the cache. */
export function swapPut(slot: u32): void {
  const swap = swapArea();
  let page: u32 = 0;
  spinLock(swap.lockAt, LOCK_SWAP);
  const count = swap.count(slot) - 1;
  swap.setCount(slot, count);
  if (count == 0) {
    page = swap.cached(slot);
    if (page == 0) swapGiveLocked(slot);
    else refInc(changetype<Page>(page).refcountAt);
  }
  spinUnlock(swap.lockAt);
  if (page == 0) return;
  const p = changetype<Page>(page);
  // Only a try: this runs under a table lock. What stays is reclaim's.
  if (pageTrylock(p)) {
    if (pageSwapcache(p) && p.priv == slot) swapTryRemove(p);
    pageUnlock(p);
  }
  putPage(p);
}

/** Drops every cached page whose slot no entry names: those that were busy when their last entry went. Only while all CPUs stand still. */
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
 * Takes a locked, unmapped, clean page out of the cache for good, if the caller's reference and the
 * cache's are the only ones: then the count is 0 and the caller frees the frame.
 */
export function swapCacheFreeze(page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  let ok = cmpxchg32(page.refcountAt, 2, 0) == 2;
  if (ok && (readOnce32(page.flagsAt) & PG_DIRTY) != 0) {
    // Someone stored to it between the writing and now.
    cmpxchg32(page.refcountAt, 0, 2);
    ok = false;
  }
  if (ok) detach(page);
  spinUnlock(swap.lockAt);
  return ok;
}

/**
 * Unlocks a page to which the caller has a reference. Who drops the last entry of a slot only tries the
 * page lock: if it failed because of the caller, the caller takes the page out of the cache.
 */
export function pageUnlockSwap(page: Page): void {
  while (true) {
    if (pageSwapcache(page)) swapTryRemove(page);
    pageUnlock(page);
    // RACE: the count is read without the area's lock: it is looked at again under it.
    if (!pageSwapcache(page) || readOnce32(swapArea().countAt(page.priv)) != 0) return;
    if (!pageTrylock(page)) return; // whoever has it does the same
  }
}
