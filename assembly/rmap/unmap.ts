/** Unmaps a page everywhere, so that its frame can be used for something else. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAddPair, atomicOr32, xchg64 } from "../arch/rmw";
import { LOCK_SWAP, NOTICE_UNMAP, PG_ANON_EXCLUSIVE, PG_DIRTY, PG_SWAPBACKED, PTE_DIRTY, VM_LOCKED } from "../layout";
import { notice } from "../mem/notice";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { mkHole, mkSwapPte, pteLocked, pteUnchanged, setPteLocked } from "../pt/pte";
import { deferTlbFlush } from "../pt/flush";
import { pteAt } from "../pt/table";
import { swapArea, swapDupLocked } from "../swap/area";
import { pageSwapcache } from "../swap/cache";
import { refDecAndTest } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lockIfMapped, unlockMapped } from "./mapped";
import { isExclusive, lazyfree, pageAnon, removeRmap, removeRmapAlone } from "./map_page";
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
    const swap = swapArea();
    const kept = pageSwapcache(page);
    if (kept) spinLock(swap.lockAt, LOCK_SWAP);
    const gone = unmapEntry(page, vma, address, pteAt(leaf, address));
    if (kept) spinUnlock(swap.lockAt);
    unlockMapped(leaf);
    return gone;
  }
}

/**
 * Unmaps the page from the entry at `at`, which maps it at `address` of `vma`, and drops the entry's reference. False:
 * it must stay. The table's lock is held, and the swap area's if the page has a slot. The caller holds the page lock
 * and another reference.
 */
export function unmapEntry(page: Page, vma: Vma, address: u64, at: usize): bool {
  const pte = pteLocked(at);
  const free = lazyfree(page);
  if ((pte & PTE_DIRTY) != 0 && !free) markDirty(page);
  const exclusive = isExclusive(page);
  const hole = mkHole(changetype<Mm>(vma.mm));
  if (!pageAnon(page)) {
    // The tracking of changes finds what a device stores by the entry.
    if (hole != 0 && !clearUnlessPinned(at, pte, page)) return false;
    setPteLocked(at, pteUnchanged(pte) != 0 ? 0 : hole);
  } else if (free) {
    if (!dropUnlessUsed(at, pte, page)) return false;
    if (hole != 0) setPteLocked(at, hole);
  } else {
    if (exclusive && !clearUnlessPinned(at, pte, page)) return false;
    // The slot is counted before the entry names it, so that it cannot go.
    setPteLocked(at, mkSwapPte(swapDupLocked(page.priv), exclusive) | pteUnchanged(pte));
  }
  deferTlbFlush(changetype<Mm>(vma.mm));
  if (exclusive) {
    // The page gets another entry only from this one, or from the swap cache under the page lock. So nobody else
    // changes the bit or the count of mappings. The bit goes in one step with the reference.
    removeRmapAlone(page);
    atomicAddPair(page.flagsAt, -(<i32>PG_ANON_EXCLUSIVE), -1);
  } else {
    removeRmap(page);
    refDecAndTest(page.refcountAt);
  }
  thisCpu().statWalkFound++;
  notice(NOTICE_UNMAP, changetype<Mm>(vma.mm).slot, address);
  return true;
}

/** Marks a locked page as changed. Only a holder of the page lock takes the mark away. */
@inline
export function markDirty(page: Page): void {
  if ((readOnce32(page.flagsAt) & PG_DIRTY) == 0) atomicOr32(page.flagsAt, PG_DIRTY);
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
  if ((pte & PTE_DIRTY) == 0 && (readOnce32(page.flagsAt) & PG_DIRTY) == 0 && !others) return true;
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
