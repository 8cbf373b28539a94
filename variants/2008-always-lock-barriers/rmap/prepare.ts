/**
 * Giving a VMA its anon_vma: locked in every case, and with all barriers that were thought of.
 *
 * Linus Torvalds' second patch, 18 October 2008 00:42: "we shouldn't rely on memory ordering for the list handling,
 * when the list handling is supposed to be using that anon_vma->lock thing". The lock alone is enough: everyone takes
 * it before they look at a field of the anon_vma (Nick Piggin, 19 October 02:41).
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { smpRmb, smpWmb } from "../arch/barrier";
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
  if (readOnce32(vma.anonVmaAt) != 0) {
    smpRmb(); // smp_read_barrier_depends
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
  anonVmaLock(anonVma);
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (readOnce32(vma.anonVmaAt) == 0) {
    // Another CPU may be at the look above, without any lock.
    smpWmb();
    anonVmaPublished(found);
    writeOnce32(vma.anonVmaAt, found);
    delayPoint(DELAY_ANON_VMA_SET);
    listAddTail(anonVma, vma);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  smpRmb();
  return true;
}
