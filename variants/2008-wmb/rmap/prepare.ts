/**
 * Giving a VMA its anon_vma: first on the list, a write barrier, then in the VMA; a new one is not locked.
 *
 * The writer's half of Nick Piggin's patch of 16 October 2008. Others now see the stores that make the anon_vma
 * in the right order. Peter Zijlstra asked (18 October, 01:13) whether the list exposes it just as well. Linus Torvalds
 * answered: no, every traversal begins at the anon_vma, but "that's really too damn subtle".
 *
 * It does not mend what the thread found later: a CPU may hold the lock of the object's former life at this moment.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { smpWmb } from "../arch/barrier";
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
  if (readOnce32(vma.anonVmaAt) != 0) return true;
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
    smpWmb();
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
