/**
 * Unlinking a VMA from every anon_vma but its own: what the mutant does at a copy-on-write fault.
 *
 * The engine has no such file: a VMA keeps all its links until it is unlinked as a whole. “The anon_vma which was
 * originally pointed to remains on the same vma's chains as it ever was”, wrote Hugh Dickins. So a reader of the old
 * one still finds every mapping of the page. Here it does not remain (he and Peter Zijlstra, “mm, rmap: Add
 * yet more comments to page_get_anon_vma/page_lock_anon_vma”, linux-mm, 28 and 29 May 2011).
 */

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
