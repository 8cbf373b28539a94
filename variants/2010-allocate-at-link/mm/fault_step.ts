/**
 * Steps that every kind of fault has. None makes an anon_vma: a VMA without one failed to get it when it was put in
 * place, and its fault is answered with VM_FAULT_OOM (Torvalds, 7 April 2010: "not wonderful, but no different from old
 * failures").
 */

import { FAULT_DONE, FAULT_OOM } from "../layout";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";

/** Whether the fault's VMA has its anon_vma. FAULT_DONE or FAULT_OOM. */
@inline
export function faultAnonPrepare(vmf: Vmf): i32 {
  return changetype<Vma>(vmf.vma).anonVma != 0 ? FAULT_DONE : FAULT_OOM;
}
