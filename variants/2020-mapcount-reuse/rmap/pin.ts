/**
 * Pins, as before 2020: whatever page is mapped is pinned for reading, shared or not; only fork's and unmapping's
 * side is that of today.
 *
 * get_user_pages(FOLL_GET) without FOLL_WRITE took the page that was there and broke no copy-on-write. Linux
 * 17839856fd58 made it break it always; since 2022 (PG_anon_exclusive) a shared page is copied before it is pinned.
 */

import { readOnce32 } from "../arch/access";
import { atomicSub32, cmpxchg32, xchg64 } from "../arch/rmw";
import { bugUnless } from "../arch/check";
import { PANIC_REFCOUNT, PIN_BIAS } from "../layout";
import { frameFree } from "../mem/frame";
import { lruDel } from "../lru/list";
import { Page } from "../obj/page";

/** Whether someone may have pinned the page. */
@inline
export function pageMaybePinned(page: Page): bool {
  return readOnce32(page.refcountAt) >= PIN_BIAS;
}

/** Pins a page unless it is being freed. */
export function pinGet(page: Page): bool {
  while (true) {
    const seen = readOnce32(page.refcountAt);
    if (seen == 0) return false;
    if (cmpxchg32(page.refcountAt, seen, seen + PIN_BIAS) == seen) return true;
  }
}

/** Drops a pin, maybe the page's last reference. */
export function pinPut(page: Page): void {
  const was = atomicSub32(page.refcountAt, PIN_BIAS);
  bugUnless(was >= PIN_BIAS, PANIC_REFCOUNT, changetype<u32>(page), was);
  if (was != PIN_BIAS) return;
  lruDel(page);
  frameFree(page);
}

/** Any page may be pinned: a store needs a writable entry anyway, and a reader is thought to do no harm. */
@inline
export function mayPin(page: Page): bool {
  return true;
}

/**
 * Clears an entry for good unless its exclusive page is pinned: false then, and the entry is as it
 * was. The table's lock is held.
 */
export function clearUnlessPinned(at: usize, pte: u64, page: Page): bool {
  // The exchange is a full barrier: the count is read after the entry is gone.
  xchg64(at, 0);
  if (!pageMaybePinned(page)) return true;
  xchg64(at, pte);
  return false;
}
