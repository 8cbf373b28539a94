/** Taking a VMA off its anon_vma's list, after its pages were unmapped (Linux 2.6.26: anon_vma_unlink). */

import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";
import { anonVmaFree, anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { listDel } from "./chain";

/** Unlinks `vma`, and frees its anon_vma if that was the last one. The mmap lock is held for writing. */
export function unlinkAnonVmas(vma: Vma): void {
  if (vma.anonVma == 0) return;
  const anonVma = changetype<AnonVma>(vma.anonVma);
  anonVmaLock(anonVma);
  listDel(anonVma, vma);
  const unused = anonVma.first == 0 && anonVma.externalRefs == 0;
  anonVmaUnlock(anonVma);
  vma.anonVma = 0;
  if (unused) anonVmaFree(anonVma);
}
