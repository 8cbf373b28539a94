/** The accessor that would have carried the dependency barrier: `get_anon_vma(vma)` (Torvalds, 18 October 2008 00:25). */

import { readOnce32 } from "../arch/access";
import { smpRmb } from "../arch/barrier";
import { Vma } from "../obj/vma";

/** The VMA's anon_vma, or 0; what stands in it can be read from here on. */
@inline
export function vmaAnonVma(vma: Vma): u32 {
  const anonVma = readOnce32(vma.anonVmaAt);
  smpRmb(); // smp_read_barrier_depends
  return anonVma;
}
