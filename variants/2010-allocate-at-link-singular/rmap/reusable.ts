/**
 * Which neighbour's anon_vma a VMA may take, as the engine has it: never one that a fork made complex (Linux
 * d0e9fe1758f2, 12 April 2010). What allocation at link time needs besides, to be right.
 */

import { readOnce32 } from "../arch/access";
import { VM_ACCESS } from "../layout";
import { Vma } from "../obj/vma";
import { chainIsSingular } from "./chain";

/** Whether the two might become one mapping: `a` directly below `b`, alike but for their protection. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return a.end == b.start && a.file == b.file && ((a.flags ^ b.flags) & ~VM_ACCESS) == 0 && b.pgoff == a.pgoff + a.pages;
}

function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  if (!anonVmaCompatible(a, b)) return 0;
  // RACE: another fault may set it now, once: whichever is read, it is final.
  const anonVma = readOnce32(old.anonVmaAt);
  return anonVma != 0 && chainIsSingular(old) ? anonVma : 0;
}

/** An anon_vma of a neighbour that `vma` may use, or 0. The mmap lock is held (read is enough: neighbours stay). */
export function findMergeableAnonVma(vma: Vma): u32 {
  if (vma.next != 0) {
    const next = changetype<Vma>(vma.next);
    const found = reusableAnonVma(next, vma, next);
    if (found != 0) return found;
  }
  if (vma.prev != 0) {
    const prev = changetype<Vma>(vma.prev);
    return reusableAnonVma(prev, prev, vma);
  }
  return 0;
}
