/** Steps that every kind of fault has. */

import { readOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { CONTENT_FULL, FAULT_DONE, FAULT_NEEDS_MMAP, FAULT_OOM, PAGE_SIZE, SUPPLY_STAGED } from "../layout";
import { contentAt, contentCopyOut, contentLoad, contentStore, contentStorePart } from "../mem/content";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { anonVmaPrepare } from "../rmap/prepare";
import { mmapReadTrylock, mmapReadUnlock } from "../vma/lock";

/**
 * Loads or stores the word. The table's lock is held and the entry allows the access. A real CPU does both in one step.
 */
@inline
export function accessPage(vmf: Vmf, page: Page): void {
  const offset = (<u32>vmf.address) & (PAGE_SIZE - 8);
  if (vmf.store == 1) contentStore(page, offset, thisCpu().accessValue);
  else if (vmf.store != 0) storePart(vmf, page);
  else if (vmf.write == 0) thisCpu().accessValue = contentLoad(page, offset);
}

/** The store of a part of a word, or of a page's content, which is that of the frame behind the last one. */
function storePart(vmf: Vmf, page: Page): void {
  if (vmf.store == SUPPLY_STAGED) {
    const staged = changetype<Page>(ctl().pageBase + (ctl().frames + 1) * <u32>offsetof<Page>());
    contentCopyOut(contentAt(page), staged, CONTENT_FULL);
    return;
  }
  contentStorePart(contentAt(page) + ((<u32>vmf.address) & (PAGE_SIZE - 1)), vmf.size, thisCpu().accessValue);
}

/** Counts the fault, once for each access. */
@inline
export function countFault(vmf: Vmf): void {
  if (vmf.counted != 0) return;
  vmf.counted = 1;
  thisCpu().statFaults++;
}

/**
 * anonVmaPrepare for a fault. Under the VMA's lock alone the neighbours, whose anon_vma it may take, can change; so the
 * mmap lock is tried. Returns FAULT_DONE, FAULT_OOM, or FAULT_NEEDS_MMAP.
 */
@inline
export function faultAnonPrepare(vmf: Vmf): i32 {
  const vma = changetype<Vma>(vmf.vma);
  // RACE: another CPU may be setting it. Once set it stays.
  if (readOnce32(vma.anonVmaAt) != 0) return FAULT_DONE;
  return prepareSlow(vmf, vma);
}

function prepareSlow(vmf: Vmf, vma: Vma): i32 {
  if (vmf.vmaLocked == 0) return anonVmaPrepare(vma) ? FAULT_DONE : FAULT_OOM;
  const mm = changetype<Mm>(vmf.mm);
  // Only a try: a CPU that holds the mmap lock for writing may be waiting for this VMA's lock.
  if (!mmapReadTrylock(mm)) return FAULT_NEEDS_MMAP;
  const ok = anonVmaPrepare(vma);
  mmapReadUnlock(mm);
  return ok ? FAULT_DONE : FAULT_OOM;
}
