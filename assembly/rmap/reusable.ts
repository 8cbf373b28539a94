/**
 * Chooses the neighbour whose anon_vma a VMA may use when it first needs one, so that pieces that a protection change
 * split can merge again. Linux d0e9fe1758f2 (2010): never one whose VMA went through a fork, because the taker would
 * not have that VMA's chain.
 */

import { readOnce32 } from "../arch/access";
import { VM_ACCESS } from "../layout";
import { Vma } from "../obj/vma";
import { chainIsSingular } from "./chain";

/** Whether the two VMAs might become one: `a` stands directly below `b`, and they differ only in their protection. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return (
    a.end == b.start && a.file == b.file && ((a.flags ^ b.flags) & ~VM_ACCESS) == 0 && b.pgoff == a.pgoff + a.pages
  );
}

function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  if (!anonVmaCompatible(a, b)) return 0;
  // RACE: another fault may set it now. It is set once, so whichever value is read is final.
  const anonVma = readOnce32(old.anonVmaAt);
  return anonVma != 0 && chainIsSingular(old) ? anonVma : 0;
}

/** A neighbour's anon_vma that `vma` may use, or 0. The mmap lock is held (reading is enough: the neighbours stay). */
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
