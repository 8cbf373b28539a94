/**
 * Giving a VMA its anon_vma: if a neighbour has some that it may take, it is linked to all of them, as a fork child or
 * a piece of a split would be. Rik van Riel, "[PATCH -v2] rmap: make anon_vma_prepare link in all the anon_vmas of a
 * mergeable VMA", April 2010. Not merged. [Reconstructed from its title and from the answers to it.]
 *
 * It cures the short chain. But a fault holds the mmap lock for reading only, so several CPUs may link one VMA at once.
 * Each link needs an allocation, and nobody can hold a spinlock during that. So nothing protects the chains meanwhile.
 * Torvalds, 7 April 2010: "I don't really think you can fix the locking problem you have in a saner way". Two CPUs link
 * the same VMA twice. A CPU that copies from a VMA which another one links copies only a part.
 */

import { readOnce32, rcuAssignPointer } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_LINK_ALLOCATED, LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { anonVmaAlloc, anonVmaLockWrite, anonVmaUnlockWrite, avcAlloc, avcFree, putAnonVma } from "./anon_vma";
import { avcLink } from "./chain";
import { findMergeableVma } from "./reusable";
import { thisCpu } from "../arch/cpu";

/** Makes sure that the VMA has an anon_vma. False: no memory. The mmap lock is held (read is enough). */
export function anonVmaPrepare(vma: Vma): bool {
  if (readOnce32(vma.anonVmaAt) != 0) return true;
  const near = findMergeableVma(vma);
  return near != 0 ? linkAll(vma, changetype<Vma>(near)) : prepareFresh(vma);
}

/** Links `vma` to each anon_vma of `near`, oldest first. Each link is made under the tree's lock, and nothing is held between them. */
function linkAll(vma: Vma, near: Vma): bool {
  for (let at = near.avcLast; at != 0; at = changetype<AnonVmaChain>(at).prev) {
    const avc = avcAlloc();
    if (avc == 0) return false;
    delayPoint(DELAY_LINK_ALLOCATED);
    const anonVma = changetype<AnonVma>(changetype<AnonVmaChain>(at).anonVma);
    anonVmaLockWrite(anonVma);
    avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
    anonVmaUnlockWrite(anonVma);
  }
  const anonVma = changetype<AnonVma>(near.anonVma);
  const mm = changetype<Mm>(vma.mm);
  anonVmaLockWrite(anonVma);
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  if (vma.anonVma == 0) {
    anonVma.numActiveVmas++;
    rcuAssignPointer(vma.anonVmaAt, near.anonVma);
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlockWrite(anonVma);
  thisCpu().statAnonVmaReused++;
  return true;
}

/** No neighbour has one: a new anon_vma, whose one link is made under its lock, by the first that comes. */
function prepareFresh(vma: Vma): bool {
  const avc = avcAlloc();
  if (avc == 0) return false;
  const fresh = anonVmaAlloc();
  if (fresh == 0) {
    avcFree(changetype<AnonVmaChain>(avc));
    return false;
  }
  const anonVma = changetype<AnonVma>(fresh);
  anonVma.numChildren = 1;
  const mm = changetype<Mm>(vma.mm);
  anonVmaLockWrite(anonVma);
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  const won = vma.anonVma == 0;
  if (won) {
    anonVmaPublished(fresh);
    rcuAssignPointer(vma.anonVmaAt, fresh);
    avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
    anonVma.numActiveVmas++;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlockWrite(anonVma);
  if (!won) {
    putAnonVma(anonVma);
    avcFree(changetype<AnonVmaChain>(avc));
  }
  return true;
}
