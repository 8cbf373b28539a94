/** Takes a VMA out of the reverse map after its pages were unmapped. */

import { LOCK_ANON_VMA } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { avcFree, putAnonVma } from "./anon_vma";
import { avcUnlist, avcUntree } from "./chain";

/**
 * Unlinks `vma` from all its anon_vmas, newest first, and frees those that nothing uses any more. The mmap lock is held
 * for writing.
 */
export function unlinkAnonVmas(vma: Vma): void {
  if (vma.avcFirst == 0) return;
  const root = changetype<AnonVma>(changetype<AnonVma>(changetype<AnonVmaChain>(vma.avcFirst).anonVma).root);
  writeLock(root.rwsemAt, LOCK_ANON_VMA);
  for (let at = vma.avcFirst; at != 0;) {
    const avc = changetype<AnonVmaChain>(at);
    at = avc.next;
    const anonVma = changetype<AnonVma>(avc.anonVma);
    avcUntree(avc);
    if (anonVma.rbRoot == 0) {
      // This was its last VMA. Its pin is dropped below, outside the lock, because dropping may take the lock.
      changetype<AnonVma>(anonVma.parent).numChildren--;
      continue;
    }
    avcUnlist(vma, avc);
    avcFree(avc);
  }
  if (vma.anonVma != 0) {
    changetype<AnonVma>(vma.anonVma).numActiveVmas--;
    vma.anonVma = 0;
  }
  writeUnlock(root.rwsemAt);

  for (let at = vma.avcFirst; at != 0;) {
    const avc = changetype<AnonVmaChain>(at);
    at = avc.next;
    const anonVma = changetype<AnonVma>(avc.anonVma);
    avcUnlist(vma, avc);
    avcFree(avc);
    putAnonVma(anonVma);
  }
}
