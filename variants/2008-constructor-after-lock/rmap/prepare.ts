/** Giving a VMA its anon_vma: a full barrier stands behind its lock. Argued in October 2008. */

import { smpMb } from "../arch/barrier";

/** The lock of the anon_vma is taken: what this CPU stored before reaches every CPU before what it stores from here on. */
@inline
function lockTaken(): void {
  smpMb();
}
