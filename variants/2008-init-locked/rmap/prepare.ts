/**
 * Giving a VMA its anon_vma: the initialisation of a new one locks it, and so the lock costs no atomic instruction.
 *
 * Linus Torvalds, 18 October 2008 01:08: "it would be nicer if we had a spin_lock_init_locked()". Nick Piggin, 01:32:
 * the slab is SLAB_DESTROY_BY_RCU, so this cannot work. A CPU that looks up a page of the object's former life may hold
 * its lock. The initialisation writes over the lock, and two CPUs are in the section that only one may enter.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_SET, LOCK_ANON_VMA, LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { lockAcquire } from "../sync/lockdep";
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
  if (allocated != 0) spinLockInitLocked(anonVma.lockAt);
  else anonVmaLock(anonVma);
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (readOnce32(vma.anonVmaAt) == 0) {
    anonVmaPublished(found);
    writeOnce32(vma.anonVmaAt, found);
    delayPoint(DELAY_ANON_VMA_SET);
    listAddTail(anonVma, vma);
    allocated = 0;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlock(anonVma);
  if (allocated != 0) anonVmaFree(changetype<AnonVma>(allocated));
  return true;
}

/** spin_lock_init_locked: makes a lock that this CPU holds, out of whatever is there. */
function spinLockInitLocked(at: usize): void {
  lockAcquire(at, LOCK_ANON_VMA);
  writeOnce32(at, 1);
}
