/**
 * Makes a child VMA: linked to all that its parent's VMA is linked to, with an anon_vma of its own for the pages that
 * it copies.
 */

import { storeRelease32, writeOnce32 } from "../arch/access";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { anonVmaAlloc, anonVmaLockWrite, anonVmaUnlockWrite, avcAlloc, getAnonVma, putAnonVma } from "./anon_vma";
import { avcLink } from "./chain";
import { anonVmaClone } from "./clone";
import { unlinkAnonVmas } from "./unlink";

/**
 * Makes `vma` the child of the parent's VMA. False: no memory, and `vma` is linked to nothing. Both mmap locks are held
 * for writing.
 */
export function anonVmaFork(vma: Vma, parent: Vma): bool {
  vma.anonVma = 0;
  vma.avcFirst = 0;
  vma.avcLast = 0;
  if (parent.anonVma == 0) return true;
  if (!anonVmaClone(vma, parent)) return false;
  if (vma.anonVma != 0) return true; // an old one is reused

  const at = anonVmaAlloc();
  const avc = at == 0 ? 0 : avcAlloc();
  if (avc == 0) {
    if (at != 0) putAnonVma(changetype<AnonVma>(at));
    unlinkAnonVmas(vma);
    return false;
  }
  const anonVma = changetype<AnonVma>(at);
  const parentAnonVma = changetype<AnonVma>(parent.anonVma);
  anonVma.numActiveVmas = 1;
  // The root is set first, because its lock protects the child. The child pins the root, in which the lock stands. A
  // stale reader reads the old root or this one, and keeps what it read. Pairs with the readOnce32 of rootAt in
  // folioLockAnonVmaRead, in rmap/lock.ts.
  storeRelease32(anonVma.rootAt, parentAnonVma.root);
  anonVma.parent = changetype<u32>(parentAnonVma);
  getAnonVma(changetype<AnonVma>(anonVma.root));
  anonVmaPublished(at);
  // RACE: a check of the parent's anon_vmas finds this VMA in their trees, and asks only whether it names one of them.
  writeOnce32(vma.anonVmaAt, at);
  anonVmaLockWrite(anonVma);
  avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
  parentAnonVma.numChildren++;
  anonVmaUnlockWrite(anonVma);
  return true;
}
