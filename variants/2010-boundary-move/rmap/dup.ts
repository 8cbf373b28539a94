/**
 * A VMA that takes over pages of another, when the border between them moves: the anon_vma is copied in one direction
 * only. Before "vma_adjust: fix the copying of anon_vma chains" (Linux 287d97ac0323, 12 April 2010). [The form before
 * the fix is inferred from the fix.]
 *
 * vma_adjust asked the lower of the two VMAs for its anon_vma, as if it always were the one that gives pages away. If
 * it gets them instead, and has no anon_vma yet, vma_adjust copies nothing. A VMA that no anon_vma knows then maps the
 * pages. When the upper VMA goes, their anon_vma is freed.
 */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/** `dst` takes over the chain of `src` (0: of nobody) if it has none, and lies above it. False: no memory. The mmap lock is held for writing. */
export function dupAnonVma(dst: Vma, src: u32): bool {
  if (src == 0 || dst.anonVma != 0) return true;
  const from = changetype<Vma>(src);
  if (from.anonVma == 0 || dst.start < from.start) return true;
  dst.anonVma = from.anonVma;
  return anonVmaClone(dst, from);
}
