/**
 * anon_vmas: their life. Mutant of 2011: a child does not pin its root.
 *
 * The engine drops the child's pin of its root when the child is freed; here the child never had one (fork.ts). While
 * only VMAs keep anon_vmas alive, the root is the last to go anyway. But a CPU that moves a page pins its anon_vma
 * beyond the last VMA. It locks the anon_vma by its root, and the root is gone by then.
 *
 * Hugh Dickins and Peter Zijlstra, “mm, rmap: Add yet more comments to page_get_anon_vma/page_lock_anon_vma”,
 * linux-mm, 28 and 29 May 2011; the pin is of Linux 76545066c852, Rik van Riel, August 2010.
 */

import { AnonVma } from "../obj/anon_vma";

/** The last pin of `anonVma` is gone: frees it. The mutant: it had no pin on its root. */
export function putAnonVmaLast(anonVma: AnonVma): void {
  anonVmaFree(anonVma);
}
