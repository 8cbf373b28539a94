/**
 * VMAs: made, copied, put in place and given back. A private mapping that can be written gets its anon_vma when it is put
 * in place, any other when it becomes one.
 *
 * Linus Torvalds, 7 April 2010: "We _could_ avoid allocating anonvma entries for shared mappings or for mappings that are
 * read-only. That might force us to allocate some of them at mprotect time", where the mmap lock is held for writing as
 * well. (And at a copy that ptrace forces, which this engine does not have.)
 */

import { VM_SHARED, VM_WRITE } from "../layout";
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
  prepareIfWritable(vma);
  vmaMarkAttached(vma);
}

/** Gives a private mapping that can be written its anon_vma, if it has none. The mmap lock is held for writing. */
export function prepareIfWritable(vma: Vma): void {
  // What comes of it is looked at when it is needed.
  if ((vma.flags & (VM_SHARED | VM_WRITE)) == VM_WRITE) anonVmaPrepare(vma);
}
