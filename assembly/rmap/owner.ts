/** Chooses the anon_vma of a page that comes back from swap: its mapping was forgotten there. */

import { rcuDereference } from "../arch/access";
import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";

/**
 * The owner of a page that `vma` maps first. An `exclusive` page belongs to the VMA's own anon_vma. Relatives may map
 * any other page too, and all of them are linked to the root (Linux, April 2010: "we need to pick the _oldest_
 * anonvma").
 */
@inline
export function anonOwner(vma: Vma, exclusive: bool): u32 {
  // Pairs with anonVmaPrepareSlow in rmap/prepare.ts.
  const anonVma = rcuDereference(vma.anonVmaAt);
  return exclusive ? anonVma : changetype<AnonVma>(anonVma).root;
}
