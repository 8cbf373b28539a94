/**
 * Which neighbour's anon_vma a VMA may take: any. On 7 April 2010 nothing yet forbade to take a fork child's (12 April,
 * d0e9fe1758f2). Making anon_vmas early does not change which one a VMA takes, so the short chain stays.
 */

import { readOnce32 } from "../arch/access";
import { Vma } from "../obj/vma";

/** The neighbour's anon_vma, however complex. */
function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  return anonVmaCompatible(a, b) ? readOnce32(old.anonVmaAt) : 0;
}
