/**
 * Which anon_vma a page gets that comes back from swap: the oldest of the chain unless the page is the VMA's alone, as
 * in Linux 2.6.34, where an anon_vma did not know its root yet (that came in 2.6.36, 5c341ee1dfc8). This
 * needs a chain in order: its last link is the oldest.
 *
 * "anonvma: when setting up page->mapping, we need to pick the _oldest_ anonvma", the last of the four patches of 12
 * April 2010, and the one that stopped the crashes after resume from hibernation which Borislav Petkov had reported.
 */

import { rcuDereference } from "../arch/access";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";

/** The owner of a page that `vma` maps first; `exclusive`: nobody else can map it. */
@inline
export function anonOwner(vma: Vma, exclusive: bool): u32 {
  // Pairs with anonVmaPrepareSlow in rmap/prepare.ts.
  return exclusive ? rcuDereference(vma.anonVmaAt) : changetype<AnonVmaChain>(vma.avcLast).anonVma;
}
