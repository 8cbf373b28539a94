/**
 * Stack growth: a fault just below a mapping that grows downwards extends it. The mapping got its anon_vma when it was
 * put in place, so there is a lock to take. Linus Torvalds' patch of 7 April 2010 takes the call out here.
 */

import { FAULT_RETRY, FAULT_SEGV, STACK_GUARD, STACK_LIMIT, VM_ACCESS, VM_GROWSDOWN } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { vmaStartWrite } from "../vma/lock";
import { findVma } from "../vma/tree";
import { vmaAdjust } from "./adjust";

function expandLocked(mm: Mm, address: u64): i32 {
  const at = findVma(mm, address);
  if (at == 0) return FAULT_SEGV;
  const vma = changetype<Vma>(at);
  if (vma.start <= address) return FAULT_RETRY; // someone else was faster
  if ((vma.flags & VM_GROWSDOWN) == 0 || vma.end - address > STACK_LIMIT) return FAULT_SEGV;
  if (vma.prev != 0) {
    const prev = changetype<Vma>(vma.prev);
    const guarded = (prev.flags & VM_GROWSDOWN) == 0 && (prev.flags & VM_ACCESS) != 0;
    if (prev.end > address || (guarded && address - prev.end < STACK_GUARD)) return FAULT_SEGV;
  }
  const grow = (vma.start - address) >> 12;
  if (grow > vma.pgoff) return FAULT_SEGV;
  vmaStartWrite(vma);
  vmaAdjust(vma, address, vma.end, vma.pgoff - grow);
  return FAULT_RETRY;
}
