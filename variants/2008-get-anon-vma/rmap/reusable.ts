/**
 * Which neighbour's anon_vma a VMA may take, read through the accessor: the one reader that goes on to touch the lock of
 * an anon_vma which another CPU may have made a moment ago (Dickins, 19 October 2008 01:13: "the clinching case").
 */

import { VM_ACCESS } from "../layout";
import { Vma } from "../obj/vma";
import { vmaAnonVma } from "./accessor";

/** Whether the two might become one mapping: `a` directly below `b`, alike but for their protection. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return a.end == b.start && a.file == b.file && ((a.flags ^ b.flags) & ~VM_ACCESS) == 0 && b.pgoff == a.pgoff + a.pages;
}

/** An anon_vma of a neighbour that `vma` may use, or 0. The mmap lock is held (read is enough: neighbours stay). */
export function findMergeableAnonVma(vma: Vma): u32 {
  if (vma.next != 0) {
    const next = changetype<Vma>(vma.next);
    const found = anonVmaCompatible(vma, next) ? vmaAnonVma(next) : 0;
    if (found != 0) return found;
  }
  if (vma.prev == 0) return 0;
  const prev = changetype<Vma>(vma.prev);
  return anonVmaCompatible(prev, vma) ? vmaAnonVma(prev) : 0;
}
