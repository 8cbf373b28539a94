/**
 * Giving a VMA its anon_vma, as merged in October 2008: the CPU locks a neighbour's anon_vma and a new one alike, and
 * needs no barriers.
 *
 * Linux d9d332e0874f, "anon_vma_prepare: properly lock even newly allocated entries" (Torvalds, 19 Oct 2008, with the
 * consent of Dickins and Zijlstra). The slab may hand out an anon_vma while another CPU, which found its former self,
 * holds its lock. So a new one needs the lock too. The order of the two stores stayed: first `vma->anon_vma`, then the
 * list. Each CPU that looks at either takes the lock.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_SET, LOCK_TABLES } from "../layout";
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
  anonVmaLock(anonVma);
  lockTaken();
  spinLock(mm.tablesLockAt, LOCK_TABLES); // the page_table_lock of 2008: against other threads
  if (readOnce32(vma.anonVmaAt) == 0) {
    anonVmaPublished(found);
    publish(vma, found);
    delayPoint(DELAY_ANON_VMA_SET);
    listAddTail(anonVma, vma);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  return true;
}

/** The lock of the anon_vma is taken, and that is all there is to order what this CPU stored before. */
@inline
function lockTaken(): void {}

/** Makes the anon_vma known. */
@inline
function publish(vma: Vma, anonVma: u32): void {
  writeOnce32(vma.anonVmaAt, anonVma);
}
