/**
 * Which neighbour's anon_vma a VMA may take, read through the accessor: the one reader that goes on to touch the lock of
 * an anon_vma which another CPU may have made a moment ago (Dickins, 19 October 2008 01:13: "the clinching case").
 */

import { Vma } from "../obj/vma";
import { vmaAnonVma } from "./accessor";

/** The neighbour's anon_vma, however complex. */
function reusableAnonVma(old: Vma, a: Vma, b: Vma): u32 {
  return anonVmaCompatible(a, b) ? vmaAnonVma(old) : 0;
}
