/** From a page to its anon_vma, with a read barrier in between. Argued in October 2008. */

import { smpRmb } from "../arch/barrier";

/** The owner is known, and what it holds is read behind that. */
@inline
function ownerFound(): void {
  smpRmb();
}
