/**
 * Steps that every kind of fault has. A fault in a VMA without an anon_vma gives up the mmap lock, takes it for writing,
 * makes the anon_vma, and starts over.
 *
 * Linus Torvalds, 7 April 2010, as another way to have anon_vma_prepare under the mmap lock for writing only: "the VM
 * layer _could_ decide to just release the mmap_sem, and re-do it and take it for writing if the vma doesn't have an
 * anon_vma". Nothing is allocated before it is needed, as in the engine; the first fault of a mapping waits for all others.
 */

import { readOnce32 } from "../arch/access";
import { FAULT_DONE, FAULT_NEEDS_MMAP, FAULT_OOM, FAULT_RETRY } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { anonVmaPrepare } from "../rmap/prepare";
import { rwsemIsWriteLocked } from "../sync/rwsem";
import { mmapReadLock, mmapReadUnlock, mmapWriteLock, mmapWriteUnlock, vmaStartWrite } from "../vma/lock";
import { findVma } from "../vma/tree";

/** Makes sure that the fault's VMA has its anon_vma. FAULT_DONE, FAULT_NEEDS_MMAP, FAULT_RETRY or FAULT_OOM. */
@inline
export function faultAnonPrepare(vmf: Vmf): i32 {
  // RACE: a stack that grows may be getting it. Once set it stays.
  return readOnce32(changetype<Vma>(vmf.vma).anonVmaAt) != 0 ? FAULT_DONE : prepareForWriting(vmf);
}

/** With the VMA's lock: FAULT_NEEDS_MMAP. With the mmap lock for reading: gives it up for the writer's, and takes it again. */
function prepareForWriting(vmf: Vmf): i32 {
  if (vmf.vmaLocked != 0) return FAULT_NEEDS_MMAP;
  const mm = changetype<Mm>(vmf.mm);
  // Populating for mprotect, which has the lock for writing.
  if (rwsemIsWriteLocked(mm.mmapLockAt)) return anonVmaPrepare(changetype<Vma>(vmf.vma)) ? FAULT_DONE : FAULT_OOM;
  mmapReadUnlock(mm);
  mmapWriteLock(mm);
  let ok = true;
  const at = findVma(mm, vmf.address);
  if (at != 0 && changetype<Vma>(at).start <= vmf.address) {
    vmaStartWrite(changetype<Vma>(at));
    ok = anonVmaPrepare(changetype<Vma>(at));
  }
  mmapWriteUnlock(mm);
  // Only for the caller, who gives it up: the VMA is looked up anew.
  mmapReadLock(mm);
  return ok ? FAULT_RETRY : FAULT_OOM;
}
