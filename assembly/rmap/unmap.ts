/** Unmapping a page everywhere, so that its frame can be used for something else. */

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

/** Replaces one entry: an anonymous page's by its slot, a file page's by none. */
@unmanaged
class TryToUnmapOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    if ((vma.flags & VM_LOCKED) != 0) {
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
      // Named before the entry is seen: the slot cannot go.
      swapDup(page.priv);
      setPteLocked(at, mkSwapPte(page.priv, exclusive));
    }
    deferTlbFlush(changetype<Mm>(vma.mm));
    removeRmap(page);
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    putPage(page); // the entry's reference; the caller holds another
    return true;
  }
}

/**
 * Clears an entry of a page that nobody needs, unless it was stored to since, or somebody else holds
 * the page: then it is a page like any other again. The table's lock is held.
 */
function dropUnlessUsed(at: usize, pte: u64, page: Page): bool {
  // Gone first, then the counts: who pins the page now sees that the entry has changed.
  xchg64(at, 0);
  // Its entries' references, and the isolation's.
  const others = readOnce32(page.refcountAt) != readOnce32(page.mapcountAt) + 1;
  if ((pte & PTE_DIRTY) == 0 && (readOnce32(page.flagsAt) & PG_DIRTY) == 0 && !others) {
    atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
    return true;
  }
  xchg64(at, pte);
  atomicOr32(page.flagsAt, PG_SWAPBACKED);
  return false;
}

/**
 * Unmaps the page wherever it is mapped; TLBs are left to tryToUnmapFlush, which the caller calls
 * before it unlocks, writes or frees the page. An anonymous page that is to be kept has its slot. The
 * page is locked and the caller holds a reference. Afterwards look at `pageMapped`.
 */
export function tryToUnmap(page: Page): void {
  rmapWalk<TryToUnmapOne>(page, 0);
}
