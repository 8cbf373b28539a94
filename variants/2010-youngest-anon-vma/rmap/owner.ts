/**
 * Which anon_vma a page gets that comes back from swap: always that of the VMA which faulted first. Before "anonvma:
 * when setting up page->mapping, we need to pick the _oldest_ anonvma" (Linux ea90002b0fa7, 12 April 2010). [The form
 * before the fix is inferred from the fix.]
 *
 * Relatives may share the page and find it in the swap cache. If the child comes first, the page belongs to the child's
 * anon_vma, and the parent's VMA has no link to that. So the reverse map does not find the parent's entry. When the
 * child exits, the anon_vma is freed while the parent's page names it.
 */

import { rcuDereference } from "../arch/access";
import { Vma } from "../obj/vma";

/** The owner of a page that `vma` maps first. */
@inline
export function anonOwner(vma: Vma, exclusive: bool): u32 {
  // Pairs with anonVmaPrepareSlow in rmap/prepare.ts.
  return rcuDereference(vma.anonVmaAt);
}
