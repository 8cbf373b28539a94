/** Giving a VMA its anon_vma: it is published by a release. Argued in October 2008. */

import { storeRelease32 } from "../arch/access";
import { Vma } from "../obj/vma";

/** Makes the anon_vma known, behind all that made it. */
@inline
function publish(vma: Vma, anonVma: u32): void {
  storeRelease32(vma.anonVmaAt, anonVma);
}
