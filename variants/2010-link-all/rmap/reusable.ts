/** Which neighbour's anon_vmas a VMA may take, all of them: Rik van Riel's patch of April 2010 needs the VMA, not the anon_vma. */

import { readOnce32 } from "../arch/access";
import { VM_ACCESS } from "../layout";
import { Vma } from "../obj/vma";

/** Whether the two might become one mapping: `a` directly below `b`, alike but for their protection. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return a.end == b.start && a.file == b.file && ((a.flags ^ b.flags) & ~VM_ACCESS) == 0 && b.pgoff == a.pgoff + a.pages;
}

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
