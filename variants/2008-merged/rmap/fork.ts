/**
 * A child VMA, as in Linux 2.6.26: it shares its parent's anon_vma, as everyone in the family does.
 *
 * In the engine a child has links to the parent's anon_vmas, and one of its own for the pages that it copies. That came
 * in 2.6.34. In 2008 dup_mmap() copied the pointer and called anon_vma_link(), which puts the child on the list under
 * its lock. This takes no memory, so it cannot fail. The parent stays on the list, so the anon_vma cannot be freed
 * meanwhile (the protocol around Linux d9d332e0874f, Linus Torvalds, 19 October 2008).
 */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/** Makes `vma` the child of `parent`'s VMA. Always true. Both mmap locks are held for writing. */
export function anonVmaFork(vma: Vma, parent: Vma): bool {
  vma.anonVma = parent.anonVma;
  return anonVmaClone(vma, parent);
}
