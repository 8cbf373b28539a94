/**
 * Giving a VMA its anon_vma: first on the list, then in the VMA, without a barrier and without the lock of a new one.
 *
 * The patch of 16 October 2008 without its barriers shows what the barriers are for. Some machines keep the order of
 * stores: whoever finds the anon_vma through the VMA then finds a complete list. Other machines may show the store to
 * `vma->anon_vma` before the stores that made the list, and before those of the constructor.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_LINKED, LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { anonVmaAlloc, anonVmaFree, anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { listAddTail } from "./chain";
import { findMergeableAnonVma } from "./reusable";
import { thisCpu } from "../arch/cpu";

/** Makes sure that the VMA has an anon_vma. False: no memory. The mmap lock is held (read is enough). */
export function anonVmaPrepare(vma: Vma): bool {
  if (readOnce32(vma.anonVmaAt) != 0) {
    knownFound();
    return true;
  }
  let allocated: u32 = 0;
  let found = findMergeableAnonVma(vma);
  if (found == 0) {
    allocated = anonVmaAlloc();
    if (allocated == 0) return false;
    found = allocated;
  } else {
    thisCpu().statAnonVmaReused++;
  }
  const anonVma = changetype<AnonVma>(found);
  const mm = changetype<Mm>(vma.mm);
  // Only a neighbour's: others may be looking at that one. Nobody knows a new one, or so it was thought.
  if (allocated == 0) anonVmaLock(anonVma);
  const locked = allocated == 0;
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (readOnce32(vma.anonVmaAt) == 0) {
    listAddTail(anonVma, vma);
    linked();
    delayPoint(DELAY_ANON_VMA_LINKED);
    anonVmaPublished(found);
    writeOnce32(vma.anonVmaAt, found);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  if (locked) anonVmaUnlock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  return true;
}

/** The list is whole. Nothing orders the stores to it before the anon_vma is known. */
@inline
function linked(): void {}

/** The VMA has an anon_vma. Nothing orders what this CPU does with it. */
@inline
export function knownFound(): void {}
