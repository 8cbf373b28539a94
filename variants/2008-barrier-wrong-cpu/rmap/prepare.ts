/**
 * Giving a VMA its anon_vma: the whole patch of 16 October 2008. A machine without dependency order (Alpha) needs a
 * barrier on the reader's side too. The patch put it here, on the fast path of anon_vma_prepare.
 *
 * Hugh Dickins, 18 October 00:13: the faulting CPU only puts the pointer into a page. The one that looks into the
 * anon_vma is the reclaiming CPU, and "will not (unless by coincidence) have done that anon_vma_prepare". Linus
 * Torvalds, 00:25: "Good point. Then yes, those ones would really need the smp_read_barrier_depends() too."
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { smpRmb, smpWmb } from "../arch/barrier";
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
    smpRmb(); // smp_read_barrier_depends: a read barrier on Alpha, nothing elsewhere
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
