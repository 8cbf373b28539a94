/** Returns the pages of a range that is no longer locked in memory to reclaim. */

import { LOCK_PTE, PAGE_SIZE } from "../layout";
import { makeEvictable } from "../lru/evictable";
import { Mm } from "../obj/mm";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** Puts the range's unevictable pages back on the lists that are scanned. The mmap lock is held for writing. */
export function munlockPages(mm: Mm, start: u64, end: u64): void {
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    spinLock(ptlOf(leaf), LOCK_PTE);
    for (; address < stop; address += PAGE_SIZE) {
      const pte = pteLocked(pteAt(leaf, address));
      if (ptePresent(pte) && !pteIsZero(pte)) makeEvictable(ptePage(pte));
    }
    spinUnlock(ptlOf(leaf));
  }
}
