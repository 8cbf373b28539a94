/** A child VMA shares its parent's anon_vma, as everyone in the family does. */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/** Makes `vma` the child of `parent`'s VMA. Always true. Both mmap locks are held for writing. */
export function anonVmaFork(vma: Vma, parent: Vma): bool {
  vma.anonVma = parent.anonVma;
  return anonVmaClone(vma, parent);
}
