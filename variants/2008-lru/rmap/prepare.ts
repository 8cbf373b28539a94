/** Giving a VMA its anon_vma: the write barrier of 16 October. Argued in October 2008. */

import { smpWmb } from "../arch/barrier";

/** The list is whole, and is seen before the anon_vma is known. */
@inline
function linked(): void {
  smpWmb();
}
