/**
 * Pins are references of someone who reads or writes a page without the page tables, as a device does. A pinned page
 * must stay the one that its process sees.
 *
 * Only an exclusive anonymous page is pinned, and a page that may be pinned stays exclusive: fork copies it at once,
 * unmapping and merging leave it alone. Each side sets its own mark before it looks at the other's, with a full barrier
 * between, so that one of them always sees the other:
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

/**
 * Pins a page. False: it is being freed. The exchange is a full barrier before the entry is read again. Pairs with
 * clearUnlessPinned in rmap/pin.ts, dropUnlessUsed in rmap/unmap.ts and writeProtect in ksm/merge.ts.
 */
export function pinGet(page: Page): bool {
  while (true) {
    const seen = readOnce32(page.refcountAt);
    if (seen == 0) return false;
    if (cmpxchg32(page.refcountAt, seen, seen + PIN_BIAS) == seen) return true;
  }
}

/** Drops a pin, which may be the page's last reference. */
export function pinPut(page: Page): void {
  const was = atomicSub32(page.refcountAt, PIN_BIAS);
  bugUnless(was >= PIN_BIAS, PANIC_REFCOUNT, changetype<u32>(page), was);
  if (was != PIN_BIAS) return;
  lruDel(page);
  frameFree(page);
}

/** Whether a pin of the page keeps its promise: no other address space can come to share the page. */
@inline
export function mayPin(page: Page): bool {
  return !pageAnon(page) || isExclusive(page);
}

/**
 * Clears an entry unless its exclusive page is pinned. False: the page is pinned, and the entry is as it was. The
 * table's lock is held.
 */
export function clearUnlessPinned(at: usize, pte: u64, page: Page): bool {
  // The exchange is a full barrier: the count is read after the entry is gone. Pairs with pinGet in rmap/pin.ts.
  xchg64(at, 0);
  if (!pageMaybePinned(page)) return true;
  // Orders nothing: an exchange, so that pinFast never reads half of the entry.
  xchg64(at, pte);
  return false;
}
