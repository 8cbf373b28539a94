/** Stack growth: a fault just below a mapping that grows downwards extends it. */

import {
  FAULT_OOM,
  FAULT_RETRY,
  FAULT_SEGV,
  PAGE_MASK64,
  PAGE_SHIFT,
  STACK_GUARD,
  STACK_LIMIT,
  VM_ACCESS,
  VM_GROWSDOWN,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { anonVmaPrepare } from "../rmap/prepare";
import { mmapWriteLock, mmapWriteUnlock, vmaStartWrite } from "../vma/lock";
import { findVma } from "../vma/tree";
import { vmaAdjust } from "./adjust";

/**
 * Extends the mapping above `address` down to it. Returns FAULT_*; FAULT_RETRY: done, make the access again. Takes the
 * mmap lock for writing, because the tree changes (Linux c2508ec5a58d, 2023, after CVE-2023-3269).
 */
export function expandStack(mm: Mm, address: u64): i32 {
  mmapWriteLock(mm);
  const result = expandLocked(mm, address & PAGE_MASK64);
  mmapWriteUnlock(mm);
  return result;
}

function expandLocked(mm: Mm, address: u64): i32 {
  const at = findVma(mm, address);
  if (at == 0) return FAULT_SEGV;
  const vma = changetype<Vma>(at);
  if (vma.start <= address) return FAULT_RETRY; // another CPU was faster
  if ((vma.flags & VM_GROWSDOWN) == 0 || vma.end - address > STACK_LIMIT) return FAULT_SEGV;
  if (vma.prev != 0) {
    const prev = changetype<Vma>(vma.prev);
    const guarded = (prev.flags & VM_GROWSDOWN) == 0 && (prev.flags & VM_ACCESS) != 0;
    if (prev.end > address || (guarded && address - prev.end < STACK_GUARD)) return FAULT_SEGV;
  }
  const grow = (vma.start - address) >> PAGE_SHIFT;
  if (grow > vma.pgoff) return FAULT_SEGV;
  if (!anonVmaPrepare(vma)) return FAULT_OOM;
  vmaStartWrite(vma);
  vmaAdjust(vma, address, vma.end, vma.pgoff - grow);
  return FAULT_RETRY;
}
