/** Unmaps a page everywhere, so that its frame can be used for something else. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32, xchg64 } from "../arch/rmw";
import { PG_ANON_EXCLUSIVE, PG_DIRTY, PG_SWAPBACKED, PTE_DIRTY, VM_LOCKED } from "../layout";
import { putPage } from "../lru/release";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { mkSwapPte, pteLocked, setPteLocked } from "../pt/pte";
import { deferTlbFlush } from "../pt/flush";
import { pteAt } from "../pt/table";
import { swapDup } from "../swap/area";
import { lockIfMapped, unlockMapped } from "./mapped";
import { isExclusive, lazyfree, pageAnon, removeRmap } from "./map_page";
import { clearUnlessPinned } from "./pin";
import { rmapWalk } from "./walk";

/** Visitor. Replaces one entry: an anonymous page's by its swap slot, a file page's by none. */
@unmanaged
class TryToUnmapOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    if ((readOnce32(vma.flagsAt) & VM_LOCKED) != 0) {
      unlockMapped(leaf);
      return false;
    }
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    const free = lazyfree(page);
    if ((pte & PTE_DIRTY) != 0 && !free) atomicOr32(page.flagsAt, PG_DIRTY);
    if (!pageAnon(page)) {
      setPteLocked(at, 0);
    } else if (free) {
      if (!dropUnlessUsed(at, pte, page)) {
        unlockMapped(leaf);
        return false;
      }
    } else {
      const exclusive = isExclusive(page);
      if (exclusive && !clearUnlessPinned(at, pte, page)) {
        unlockMapped(leaf);
        return false;
      }
      if (exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
      // The slot is counted before the entry names it, so that it cannot go.
      swapDup(page.priv);
      setPteLocked(at, mkSwapPte(page.priv, exclusive));
    }
    deferTlbFlush(changetype<Mm>(vma.mm));
    removeRmap(page);
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    putPage(page); // the entry's reference; the caller holds another one
    return true;
  }
}

/**
 * Clears an entry of a page that nobody needs (madvise(MADV_FREE)). False: someone stored to the page since, or
 * somebody else holds it. It is an ordinary page again then, and the entry is as it was. The table's lock is held.
 */
function dropUnlessUsed(at: usize, pte: u64, page: Page): bool {
  // The entry is cleared before the counts are read: who pins the page now sees that the entry has changed. The
  // exchange is the full barrier. Pairs with pinGet in rmap/pin.ts.
  xchg64(at, 0);
  // The entries and the isolation hold one reference each.
  const others = readOnce32(page.refcountAt) != readOnce32(page.mapcountAt) + 1;
  if ((pte & PTE_DIRTY) == 0 && (readOnce32(page.flagsAt) & PG_DIRTY) == 0 && !others) {
    atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
    return true;
  }
  // Orders nothing: an exchange, so that pinFast never reads half of the entry.
  xchg64(at, pte);
  atomicOr32(page.flagsAt, PG_SWAPBACKED);
  return false;
}

/**
 * Unmaps the page wherever it is mapped. The caller calls tryToUnmapFlush, which flushes the TLBs, before it unlocks,
 * writes or frees the page. An anonymous page that is to be kept has a swap slot. The page is locked, and the caller
 * holds a reference. Look at `pageMapped` afterwards.
 */
export function tryToUnmap(page: Page): void {
  rmapWalk<TryToUnmapOne>(page, 0);
}
