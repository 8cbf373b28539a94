/** Unlinking a VMA from every anon_vma but its own: what the mutant does at a copy-on-write fault. */

import { LOCK_ANON_VMA } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { avcFree, putAnonVma } from "./anon_vma";
import { avcUnlist, avcUntree } from "./chain";

/** Takes the VMA off the trees of its ancestors' anon_vmas, one after the other. The VMA's lock is held for reading. */
export function unlinkAncestors(vma: Vma): void {
  const root = changetype<AnonVma>(changetype<AnonVma>(vma.anonVma).root);
  while (unlinkOne(vma, root)) {}
}

/** Unlinks the oldest. False: none is left but the VMA's own. */
function unlinkOne(vma: Vma, root: AnonVma): bool {
  writeLock(root.rwsemAt, LOCK_ANON_VMA);
  const avc = changetype<AnonVmaChain>(vma.avcLast);
  const at = avc.anonVma;
  let emptied = false;
  if (at != vma.anonVma) {
    const anonVma = changetype<AnonVma>(at);
    avcUntree(avc);
    avcUnlist(vma, avc);
    emptied = anonVma.rbRoot == 0;
    if (emptied) changetype<AnonVma>(anonVma.parent).numChildren--;
  }
  writeUnlock(root.rwsemAt);
  if (at == vma.anonVma) return false;
  avcFree(avc);
  if (emptied) putAnonVma(changetype<AnonVma>(at));
  return true;
}
