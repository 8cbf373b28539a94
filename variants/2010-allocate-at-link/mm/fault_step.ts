/**
 * Steps that every kind of fault has. None makes an anon_vma: a VMA without one failed to get it when it was put in
 * place, and its fault is answered with VM_FAULT_OOM (Torvalds, 7 April 2010: "not wonderful, but no different from old
 * failures").
 */

import { thisCpu } from "../arch/cpu";
import { FAULT_DONE, FAULT_OOM, PAGE_SIZE } from "../layout";
import { contentLoad, contentStore } from "../mem/content";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";

/** Loads or stores the word. The table's lock is held and the entry allows it: what a real CPU does in one step. */
@inline
export function accessPage(vmf: Vmf, page: Page): void {
  const offset = <u32>vmf.address & (PAGE_SIZE - 8);
  if (vmf.store != 0) contentStore(page, offset, thisCpu().accessValue);
  else if (vmf.write == 0) thisCpu().accessValue = contentLoad(page, offset);
}

/** Counts the fault, once an access. */
@inline
export function countFault(vmf: Vmf): void {
  if (vmf.counted != 0) return;
  vmf.counted = 1;
  thisCpu().statFaults++;
}

/** Whether the fault's VMA has its anon_vma. FAULT_DONE or FAULT_OOM. */
@inline
export function faultAnonPrepare(vmf: Vmf): i32 {
  return changetype<Vma>(vmf.vma).anonVma != 0 ? FAULT_DONE : FAULT_OOM;
}
