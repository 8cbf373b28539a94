/**
 * Mutant of 2011: the child's anon_vma is the root of a tree of its own.
 *
 * Hugh Dickins's argument begins with: "even if page->anon_vma is updated, it will certainly have the same
 * anon_vma->root as before (see the first BUG_ON in __page_check_anon_rmap() for reassurance), so the mutex locking
 * holds good". Without that, a page that moves at a copy-on-write fault changes its lock while another CPU looks it
 * up. Unlinking a child VMA then changes the ancestors' trees under the wrong lock.
 */

import { writeOnce32 } from "../arch/access";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { anonVmaAlloc, anonVmaLockWrite, anonVmaUnlockWrite, avcAlloc, putAnonVma } from "./anon_vma";
import { avcLink } from "./chain";
import { anonVmaClone } from "./clone";
import { unlinkAnonVmas } from "./unlink";

/** Makes `vma` the child of `parent`'s VMA. False: no memory, `vma` is linked to nothing. Both mmap locks are held for writing. */
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
  // The mutant: no root is taken over, the child keeps its own lock.
  anonVma.parent = changetype<u32>(parentAnonVma);
  anonVmaPublished(at);
  writeOnce32(vma.anonVmaAt, at);
  anonVmaLockWrite(anonVma);
  avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
  parentAnonVma.numChildren++;
  anonVmaUnlockWrite(anonVma);
  return true;
}
