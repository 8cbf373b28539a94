/**
 * Which neighbour's anon_vma a VMA may take, as the engine has it: never one that a fork made complex (Linux
 * d0e9fe1758f2, 12 April 2010). What allocation at link time needs besides, to be right.
 */

import { readOnce32 } from "../arch/access";
import { Vma } from "../obj/vma";
import { chainIsSingular } from "./chain";

/** The neighbour's anon_vma, unless it is complex. */
function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  if (!anonVmaCompatible(a, b)) return 0;
  const anonVma = readOnce32(old.anonVmaAt);
  return anonVma != 0 && chainIsSingular(old) ? anonVma : 0;
}
