/**
 * Which neighbour's anon_vma a VMA may take, read through the accessor. This reader goes on to touch the lock, and
 * another CPU may have made the anon_vma a moment ago (Dickins, 19 October 2008 01:13: "the clinching case").
 */

import { Vma } from "../obj/vma";
import { vmaAnonVma } from "./accessor";

/** The neighbour's anon_vma, however complex. */
function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  return anonVmaCompatible(a, b) ? vmaAnonVma(old) : 0;
}
