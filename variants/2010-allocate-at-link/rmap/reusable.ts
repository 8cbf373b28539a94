/**
 * Which neighbour's anon_vma a VMA may take: any. On 7 April 2010 the rule that a fork child's is none to take (12 April,
 * d0e9fe1758f2) did not exist. Making anon_vmas early does not change what is taken, so the short chain stays.
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
