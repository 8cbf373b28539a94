/**
 * Taking a VMA out of the reverse map, as in Linux 3.19 to 5.19: `degree` counts the VMA out, and an anon_vma
 * without VMAs at its parent.
 */

import { LOCK_ANON_VMA } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { avcFree, putAnonVma } from "./anon_vma";
import { avcUnlist, avcUntree } from "./chain";

/** Unlinks `vma` from all its anon_vmas, newest first, and frees those that nothing uses any more. The mmap lock is held for writing. */
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
      // Its last VMA: it is put below, outside of the lock, which putting may want to take.
      changetype<AnonVma>(anonVma.parent).numChildren--;
      changetype<AnonVma>(anonVma.parent).degree--;
      continue;
    }
    avcUnlist(vma, avc);
    avcFree(avc);
  }
  if (vma.anonVma != 0) {
    changetype<AnonVma>(vma.anonVma).numActiveVmas--;
    changetype<AnonVma>(vma.anonVma).degree--;
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
