/**
 * Taking a VMA out of the reverse map, as it was when every VMA that was unlinked was about to be freed: its pointer
 * to the anon_vma stays.
 *
 * unlink_anon_vmas() counted the VMA out of `vma->anon_vma` (3fe89b3e2a77 of March 2015 made even that conditional)
 * and left the pointer. But a VMA may survive: an error ends its merge, or its pages move away and it stays. It
 * faults again with a pointer to what may be freed. Today: "vma would still be needed after unlink, and
 * anon_vma will be prepared when handle fault".
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
      continue;
    }
    avcUnlist(vma, avc);
    avcFree(avc);
  }
  if (vma.anonVma != 0) {
    changetype<AnonVma>(vma.anonVma).numActiveVmas--;
    // The pointer stays.
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
