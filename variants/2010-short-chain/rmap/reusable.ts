/**
 * Which neighbour's anon_vma a VMA may take when it needs its first: any, as before Linux d0e9fe1758f2 (12 April 2010).
 *
 * Since anon_vma_chain (5beb49305251) a fork child's VMA is linked to its own anon_vma and to its parent's. A VMA beside
 * it that takes "its anon_vma" gets the one link to the youngest. The two then count as the same for a merge, which
 * looks at `vma->anon_vma` alone; if the merge drops the longer chain, pages that are still the parent's are mapped by a
 * VMA that the parent's anon_vma does not know. When the parent exits, it is freed under them.
 */

import { readOnce32 } from "../arch/access";
import { VM_ACCESS } from "../layout";
import { Vma } from "../obj/vma";

/** Whether the two might become one mapping: `a` directly below `b`, alike but for their protection. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return a.end == b.start && a.file == b.file && ((a.flags ^ b.flags) & ~VM_ACCESS) == 0 && b.pgoff == a.pgoff + a.pages;
}

/** An anon_vma of a neighbour that `vma` takes, or 0. The mmap lock is held (read is enough: neighbours stay). */
export function findMergeableAnonVma(vma: Vma): u32 {
  if (vma.next != 0) {
    const next = changetype<Vma>(vma.next);
    const found = anonVmaCompatible(vma, next) ? readOnce32(next.anonVmaAt) : 0;
    if (found != 0) return found;
  }
  if (vma.prev == 0) return 0;
  const prev = changetype<Vma>(vma.prev);
  return anonVmaCompatible(prev, vma) ? readOnce32(prev.anonVmaAt) : 0;
}
