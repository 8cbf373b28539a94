/**
 * Giving a VMA its anon_vma, as Linux did it from 2.6.7 (2004) to 2.6.27 (2008): the CPU locks the anon_vma of a
 * neighbour, but not a new one, since nobody can know it.
 *
 * Nick Piggin, "[patch] mm: fix anon_vma races", 16 October 2008: two things are wrong with that.
 *
 * 1. `vma->anon_vma` is set before the VMA is on the list. From then on another thread takes the fast path, maps a page
 *    and puts it on the LRU. A third CPU takes it from there, locks the anon_vma and walks the list, while the first
 *    CPU edits the list without that lock.
 * 2. "Nobody can know it" is false (found two days later, in the same thread). The slab is SLAB_DESTROY_BY_RCU, so the
 *    object may have been another page's anon_vma. A CPU that looks up that page takes the lock, and walks.
 *
 * Hugh Dickins: the optimisation came from Andrea Arcangeli and was right before the anon_vma became type-safe by RCU.
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
  // Only a neighbour's: others may be looking at that one. Nobody knows a new one, or so it was thought.
  if (allocated == 0) anonVmaLock(anonVma);
  const locked = allocated == 0;
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (readOnce32(vma.anonVmaAt) == 0) {
    writeOnce32(vma.anonVmaAt, found);
    delayPoint(DELAY_ANON_VMA_SET); // the window: the anon_vma is found through the VMA, and its list is empty
    listAddTail(anonVma, vma);
    // Told to the checks only now: they are to catch a walk that meets the change, not just the missing lock.
    anonVmaPublished(found);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  if (locked) anonVmaUnlock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  return true;
}
