/**
 * VMAs: made, copied, put in place and given back; and each gets its anon_vma when it is put in place.
 *
 * Linus Torvalds, 7 April 2010, in answer to Rik van Riel's patch: call anon_vma_prepare in vma_link and
 * __insert_vm_struct, where the mmap lock is held for writing, and nowhere else. No two CPUs are ever in it for one
 * address space, so neither the page_table_lock nor the second look at `vma->anon_vma` is needed. The price: about twice
 * as many anon_vmas, since "about half of the vma's never need an anon_vma entry". Not merged; docs/allocate-at-link.md
 * has what it costs here.
 *
 * Where memory lacks, the VMA stands without one, and its first fault that needs it fails.
 */

import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { anonVmaPrepare } from "../rmap/prepare";
import { vmaMarkAttached, vmaStartWrite } from "../vma/lock";
import { vmaTreeInsert } from "../vma/tree";

/** Puts a VMA into its mm, and sees to it that it has a chain. The mmap lock is held for writing. */
export function vmaAttach(mm: Mm, vma: Vma): void {
  // Locked before anyone can find it: nobody may fault in it before the whole change is done.
  vmaStartWrite(vma);
  vmaTreeInsert(mm, vma);
  anonVmaPrepare(vma); // what comes of it is looked at when it is needed
  vmaMarkAttached(vma);
}
