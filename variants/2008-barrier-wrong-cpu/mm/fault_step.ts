/** A fault begins with anon_vma_prepare, as in 2008: also where the VMA has its anon_vma. */

import { readOnce32 } from "../arch/access";
import { FAULT_DONE } from "../layout";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { knownFound } from "../rmap/prepare";

/** anonVmaPrepare for a fault. */
@inline
export function faultAnonPrepare(vmf: Vmf): i32 {
  const vma = changetype<Vma>(vmf.vma);
  if (readOnce32(vma.anonVmaAt) == 0) return prepareSlow(vmf, vma);
  knownFound();
  return FAULT_DONE;
}
