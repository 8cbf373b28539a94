/** Links a VMA to every anon_vma of another: for a split, a move, a merge, and for fork. */

import { LOCK_ANON_VMA } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { avcAlloc } from "./anon_vma";
import { avcLink } from "./chain";
import { unlinkAnonVmas } from "./unlink";

/**
 * Links `dst` to all of `src`'s anon_vmas, oldest first, so that `dst`'s list gets `src`'s order. False: no memory, and
 * `dst` is linked to nothing. The mmap lock is held for writing.
 *
 * At fork, `dst.anonVma` is 0 and `src.anonVma` is set. Then an old anon_vma may become `dst`'s own: one that no VMA
 * uses any more and that has at most one child. So a family that forks for ever does not grow for ever (Linux
 * 7a3ef208e662; counted apart since 2555283eb40d).
 */
export function anonVmaClone(dst: Vma, src: Vma): bool {
  if (src.avcLast == 0) return anonVmaCloneLocked(dst, src);
  // All anon_vmas of a chain have one root, hence one lock.
  const root = changetype<AnonVma>(changetype<AnonVma>(changetype<AnonVmaChain>(src.avcLast).anonVma).root);
  writeLock(root.rwsemAt, LOCK_ANON_VMA);
  const ok = anonVmaCloneLocked(dst, src);
  writeUnlock(root.rwsemAt);
  if (!ok) unlinkAnonVmas(dst);
  return ok;
}

/**
 * As anonVmaClone, with the lock of the chain's root held for writing. False: no memory, and `dst` is linked to some
 * of them. The caller unlinks it without the lock.
 */
export function anonVmaCloneLocked(dst: Vma, src: Vma): bool {
  let ok = true;
  for (let at = src.avcLast; at != 0; at = changetype<AnonVmaChain>(at).prev) {
    const anonVma = changetype<AnonVma>(changetype<AnonVmaChain>(at).anonVma);
    const avc = avcAlloc();
    if (avc == 0) {
      ok = false;
      break;
    }
    avcLink(dst, changetype<AnonVmaChain>(avc), anonVma);
    if (dst.anonVma == 0 && src.anonVma != 0 && anonVma.numChildren < 2 && anonVma.numActiveVmas == 0) {
      dst.anonVma = changetype<u32>(anonVma);
    }
  }
  // dst is counted now if it has an anon_vma. On failure it was not counted in, so it has none: unlinking must not
  // count it out.
  if (!ok) dst.anonVma = 0;
  else if (dst.anonVma != 0) changetype<AnonVma>(dst.anonVma).numActiveVmas++;
  return ok;
}
