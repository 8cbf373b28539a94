/**
 * Which neighbour's anon_vma a VMA may take when it needs its first: any, as before Linux d0e9fe1758f2 (12 April 2010).
 *
 * Since anon_vma_chain (5beb49305251) a fork child's VMA is linked to its own anon_vma and to its parent's. A VMA
 * beside it that takes "its anon_vma" gets only the link to the youngest. A merge looks at `vma->anon_vma` alone, so it
 * takes the two for the same. If it drops the longer chain, a VMA that the parent's anon_vma does not know maps pages
 * that are still the parent's. When the parent exits, that anon_vma is freed under them.
 */

import { readOnce32 } from "../arch/access";
import { Vma } from "../obj/vma";

/** The neighbour's anon_vma, however complex. */
function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  return anonVmaCompatible(a, b) ? readOnce32(old.anonVmaAt) : 0;
}
