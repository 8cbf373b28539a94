/**
 * Giving a VMA its anon_vma: link, barrier, publish as in the patch of 16 October 2008, and every reader of
 * `vma->anon_vma` goes through an accessor that has the reader's barrier.
 *
 * Linus Torvalds, 18 October 2008 00:25, wanted to find all readers: rename the field, and force them to use the
 * accessor. "Ugh. I really would have preferred not having something like that." Nobody pursued it. It would not have
 * been enough. The CPU that reclaims comes from `page->mapping` and never reads `vma->anon_vma`. And it leaves a new
 * anon_vma unlocked, as the patch of 16 October does.
 */

import { writeOnce32 } from "../arch/access";
import { smpWmb } from "../arch/barrier";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_LINKED, LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { vmaAnonVma } from "./accessor";
import { anonVmaAlloc, anonVmaFree, anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { listAddTail } from "./chain";
import { findMergeableAnonVma } from "./reusable";
import { thisCpu } from "../arch/cpu";

/** Makes sure that the VMA has an anon_vma. False: no memory. The mmap lock is held (read is enough). */
export function anonVmaPrepare(vma: Vma): bool {
  if (vmaAnonVma(vma) != 0) return true;
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
  if (vmaAnonVma(vma) == 0) {
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
