/** Checks whether one VMA really maps a page, and where. Every step of a walk does this. */

import { LOCK_PTE } from "../layout";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafOfVma, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Takes the lock of the leaf table in which `address` of `vma` maps `page`, and returns the table's upper entry; or 0,
 * and nothing is held. The rmap lock is held, so the VMA's tables cannot go away.
 */
export function lockIfMapped(page: Page, vma: Vma, address: u64): u64 {
  const leaf = leafOfVma(vma, address);
  if (leaf == 0) return 0;
  const ptl = ptlOf(leaf);
  spinLock(ptl, LOCK_PTE);
  const pte = pteLocked(pteAt(leaf, address));
  if (ptePresent(pte) && !pteIsZero(pte) && ptePage(pte) === page) return leaf;
  spinUnlock(ptl);
  return 0;
}

/** Releases what lockIfMapped locked. */
@inline
export function unlockMapped(leaf: u64): void {
  spinUnlock(ptlOf(leaf));
}
