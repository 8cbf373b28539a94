/**
 * The scanner takes pages from the page tables of the first process, under the tables' locks.
 * Argued in October 2008.
 */

import { LOCK_PTE, PAGE_SHIFT, TASK_SIZE } from "../layout";
import { mmOfSlot } from "../mm/mm";
import { Mm } from "../obj/mm";
import { pteLocked, pteIsZero, ptePage, ptePresent } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** Entries of each table that it looks at: the first ones. */
const ENTRIES: u32 = 4;

/** Looks at the first pages in each page table, `rounds` times over. */
export function scanIdle(rounds: u32, how: u32): void {
  const mm = changetype<Mm>(mmOfSlot(0));
  for (let round: u32 = 0; round < rounds; round++)
    for (let at = nextLeaf(mm, 0, TASK_SIZE); at < TASK_SIZE; at = nextLeaf(mm, leafEnd(at), TASK_SIZE))
      for (let i: u32 = 0; i < ENTRIES; i++) lookAt(leafOf(mm, at), i);
}

/** Finds a page under the table's lock, and looks at it without. */
function lookAt(leaf: u64, entry: u32): void {
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(pteAt(leaf, (<u64>entry) << PAGE_SHIFT));
  spinUnlock(ptlOf(leaf));
  if (ptePresent(pte) && !pteIsZero(pte)) lookUnheld(ptePage(pte));
}
