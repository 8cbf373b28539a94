/**
 * Pins: references of someone who reads or writes a page behind the page tables' back, as a device
 * does. A pinned page must stay the one that its process sees.
 *
 * Only an anonymous page that is exclusive is pinned, and one that may be pinned never loses its
 * exclusiveness: fork copies it at once, unmapping and merging leave it alone. Both sides look at
 * the other's mark after setting their own, so that one of them always sees the other:
 *
 *   the pinner          reference + PIN_BIAS;  entry the same still?  exclusive still?
 *   unmapping, merging  entry cleared;         pinned?  then the entry is put back
 *   fork                mmap lock for writing (Mm.lockSeq odd): no fast pin begins, and one under way fails
 *
 * Follows Linux's page pinning with PG_anon_exclusive (2022).
 */

import { readOnce32 } from "../arch/access";
import { atomicSub32, cmpxchg32, xchg64 } from "../arch/rmw";
import { bugUnless } from "../arch/check";
import { PANIC_REFCOUNT, PIN_BIAS } from "../layout";
import { frameFree } from "../mem/frame";
import { lruDel } from "../lru/list";
import { Page } from "../obj/page";
import { isExclusive, pageAnon } from "./map_page";

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

/** Whether a pin of the page holds what it promises: another address space cannot come to share it. */
@inline
export function mayPin(page: Page): bool {
  return !pageAnon(page) || isExclusive(page);
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
