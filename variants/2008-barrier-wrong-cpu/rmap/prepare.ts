/**
 * Giving a VMA its anon_vma: the whole patch of 16 October 2008. A machine without dependency order (Alpha) needs a
 * barrier on the reader's side too. The patch put it here, on the fast path of anon_vma_prepare.
 *
 * Hugh Dickins, 18 October 00:13: the faulting CPU only puts the pointer into a page. The one that looks into the
 * anon_vma is the reclaiming CPU, and "will not (unless by coincidence) have done that anon_vma_prepare". Linus
 * Torvalds, 00:25: "Good point. Then yes, those ones would really need the smp_read_barrier_depends() too."
 */

import { smpRmb } from "../arch/barrier";

/** The VMA has an anon_vma, and what it holds can be read. */
@inline
export function knownFound(): void {
  smpRmb(); // smp_read_barrier_depends: a read barrier on Alpha, nothing elsewhere
}
