/**
 * A child VMA, as in Linux 3.19 to 5.19: `degree` counts it at its own anon_vma, and that at its parent.
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
  anonVma.degree = 1;
  // The root first: it is the lock. The child pins it, since the lock stands in it.
  storeRelease32(anonVma.rootAt, parentAnonVma.root);
  anonVma.parent = changetype<u32>(parentAnonVma);
  getAnonVma(changetype<AnonVma>(anonVma.root));
  anonVmaPublished(at);
  writeOnce32(vma.anonVmaAt, at);
  anonVmaLockWrite(anonVma);
  avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
  parentAnonVma.numChildren++;
  parentAnonVma.degree++;
  anonVmaUnlockWrite(anonVma);
  return true;
}
