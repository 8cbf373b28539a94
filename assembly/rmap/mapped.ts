/** Whether, and where, one VMA really maps a page: the check that every step of a walk makes. */

import { LOCK_PTE } from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * The upper entry of the leaf table in which `address` of `vma` maps `page`, with that table's
 * lock held; or 0 and nothing held. The rmap lock is held: the VMA's tables cannot go away.
 */
export function lockIfMapped(page: Page, vma: Vma, address: u64): u64 {
  const leaf = leafOf(changetype<Mm>(vma.mm), address);
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
