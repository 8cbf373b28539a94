/** Which neighbour's anon_vmas a VMA may take, all of them: Rik van Riel's patch of April 2010 needs the VMA, not the anon_vma. */

import { readOnce32 } from "../arch/access";
import { Vma } from "../obj/vma";

/** The neighbour whose anon_vmas `vma` may take, or 0. The mmap lock is held (read is enough: neighbours stay). */
export function findMergeableVma(vma: Vma): u32 {
  if (vma.next != 0) {
    const next = changetype<Vma>(vma.next);
    if (anonVmaCompatible(vma, next) && readOnce32(next.anonVmaAt) != 0) return vma.next;
  }
  if (vma.prev == 0) return 0;
  const prev = changetype<Vma>(vma.prev);
  return anonVmaCompatible(prev, vma) && readOnce32(prev.anonVmaAt) != 0 ? vma.prev : 0;
}
