/** Giving a VMA its anon_vma: first on the list, a full barrier, then in the VMA. Argued in October 2008. */

import { smpMb } from "../arch/barrier";

/** The list is whole, and every CPU sees it before any sees the anon_vma. */
@inline
function linked(): void {
  smpMb();
}
