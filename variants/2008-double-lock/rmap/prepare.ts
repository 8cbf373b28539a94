/**
 * Giving a VMA its anon_vma: always locked, and linked before it is published. At the end this code takes the lock a
 * second time instead of releasing it.
 *
 * Both of Nick Piggin's patches of 18 October 2008 (02:25 and 05:20) had this slip: they end with `spin_lock` where
 * `spin_unlock` belongs. Peter Zijlstra, 10:38: "did you perchance mean, spin_unlock()?" The first fault that needs an
 * anon_vma waits for itself for ever.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { anonVmaAlloc, anonVmaFree, anonVmaLock } from "./anon_vma";
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
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (readOnce32(vma.anonVmaAt) == 0) {
    listAddTail(anonVma, vma);
    anonVmaPublished(found);
    writeOnce32(vma.anonVmaAt, found);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaLock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  return true;
}
