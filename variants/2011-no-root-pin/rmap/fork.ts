/**
 * A child VMA. Mutant of 2011: the child's anon_vma does not pin its root.
 *
 * Hugh Dickins thought for a while "that, if we were careful about the ordering of the lists, always freeing root
 * last, we could have a naughty patch which even removes the additional counting on anon_vma->root. But no,
 * precisely because there is some ref-counting, which may hold any anon_vma for a while, we cannot enforce such
 * ordering and do need additional holds on the root."
 */

import { storeRelease32, writeOnce32 } from "../arch/access";
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
  // The root first: it is the lock. The mutant: it is not pinned.
  storeRelease32(anonVma.rootAt, parentAnonVma.root);
  anonVma.parent = changetype<u32>(parentAnonVma);
  anonVmaPublished(at);
  writeOnce32(vma.anonVmaAt, at);
  anonVmaLockWrite(anonVma);
  avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
  parentAnonVma.numChildren++;
  anonVmaUnlockWrite(anonVma);
  return true;
}
