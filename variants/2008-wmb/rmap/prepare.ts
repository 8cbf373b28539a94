/**
 * Giving a VMA its anon_vma: first on the list, a write barrier, then in the VMA; a new one is not locked.
 *
 * The writer's half of Nick Piggin's patch of 16 October 2008. Others now see the stores that make the anon_vma
 * in the right order. Peter Zijlstra asked (18 October, 01:13) whether the list exposes it just as well. Linus Torvalds
 * answered: no, every traversal begins at the anon_vma, but "that's really too damn subtle".
 *
 * It does not mend what the thread found later: a CPU may hold the lock of the object's former life at this moment.
 */

import { smpWmb } from "../arch/barrier";

/** The list is whole, and is seen before the anon_vma is known. */
@inline
function linked(): void {
  smpWmb();
}
