/** Linking a VMA to the anon_vma that it was given with its copy (Linux 2.6.26: anon_vma_link). */

import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { listAddTail } from "./chain";

/** Puts `dst`, whose anonVma is set and is `src`'s, on its list. Always true. The mmap lock is held for writing. */
export function anonVmaClone(dst: Vma, src: Vma): bool {
  if (dst.anonVma == 0) return true;
  const anonVma = changetype<AnonVma>(dst.anonVma);
  anonVmaLock(anonVma);
  listAddTail(anonVma, dst);
  anonVmaUnlock(anonVma);
  return true;
}

/** The same for a split, whose caller holds the anon_vma's lock. */
export function anonVmaCloneLocked(dst: Vma, src: Vma): bool {
  if (dst.anonVma != 0) listAddTail(changetype<AnonVma>(dst.anonVma), dst);
  return true;
}
