/** fork: a child address space that shares its parent's pages until one of them writes. */

import { ENOMEM, VM_DONTCOPY, VM_LOCKED, VM_UFFD_MISSING, VM_WIPEONFORK } from "../layout";
import { ksmEnter } from "../ksm/list";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { anonVmaFork } from "../rmap/fork";
import { flushTlbMm } from "../pt/flush";
import { mmapWriteLock, mmapWriteLockNested, mmapWriteUnlock, vmaStartWrite } from "../vma/lock";
import { copyRange } from "./copy";
import { claimSlot, exitMmap, mmAlloc, mmFree, setSlot } from "./mm";
import { vmaDiscard, vmaDup, vmaInsert } from "./vma_object";

/**
 * Makes the child of `parent` in slot `slot`. 0, -EEXIST, -ESRCH (no such slot) or -ENOMEM; on failure there is no
 * child.
 */
export function fork(parent: Mm, slot: u32): i32 {
  const claimed = claimSlot(slot);
  if (claimed != 0) return claimed;
  const at = mmAlloc(slot);
  if (at == 0) {
    setSlot(slot, 0);
    return -ENOMEM;
  }
  const child = changetype<Mm>(at);
  mmapWriteLock(parent);
  mmapWriteLockNested(child);
  child.startBrk = parent.startBrk;
  child.brk = parent.brk;
  let result = 0;
  for (let v = parent.first; v != 0 && result == 0; v = changetype<Vma>(v).next) {
    const vma = changetype<Vma>(v);
    if ((vma.flags & VM_DONTCOPY) == 0) result = copyOne(parent, child, vma);
  }
  // The TLBs forget what became read-only before the child, or another CPU in the parent, runs.
  flushTlbMm(parent);
  const merges = parent.ksmEntered != 0;
  mmapWriteUnlock(child);
  mmapWriteUnlock(parent);
  if (result != 0) {
    exitMmap(child);
    mmFree(child);
    setSlot(slot, 0);
    return result;
  }
  // A child of an address space that asked for merging is scanned too.
  if (merges) ksmEnter(child);
  setSlot(slot, at);
  return 0;
}

/**
 * Copies one VMA and its pages. Returns 0 or -ENOMEM. On failure the copied part stays in the child, consistent, for
 * its teardown.
 */
function copyOne(parent: Mm, child: Mm, vma: Vma): i32 {
  // The write lock keeps the parent's faults out while its entries become shared.
  vmaStartWrite(vma);
  const at = vmaDup(child, vma);
  if (at == 0) return -ENOMEM;
  const copy = changetype<Vma>(at);
  // As in Linux, nobody supplies the child's pages unless the child asks for it.
  copy.flags &= ~(VM_LOCKED | VM_UFFD_MISSING);
  if ((vma.flags & VM_WIPEONFORK) != 0) {
    copy.anonVma = 0;
  } else if (!anonVmaFork(copy, vma)) {
    vmaDiscard(copy);
    return -ENOMEM;
  }
  vmaInsert(child, copy);
  // Without an anon_vma, the child can fault all the pages in again.
  if (vma.anonVma == 0 || (vma.flags & VM_WIPEONFORK) != 0) return 0;
  return copyRange(child, parent, vma, copy) ? 0 : -ENOMEM;
}
