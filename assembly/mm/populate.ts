/** Brings in the pages of a range, as an access to each would. */

import { thisCpu } from "../arch/cpu";
import { CPU_VMF, FAULT_RETRY, PAGE_SIZE, VM_SHARED, VM_WRITE } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { access } from "./access";
import { handleFault } from "./fault";

/**
 * Accesses every page in [start, end), and skips holes: a store for writable private memory, a load otherwise. False:
 * an access failed, and it stopped there.
 */
export function populate(mm: Mm, start: u64, end: u64): bool {
  for (let address = start; address < end; address += PAGE_SIZE) {
    mmapReadLock(mm);
    const at = findVma(mm, address);
    const mapped = at != 0 && changetype<Vma>(at).start <= address;
    const write = mapped && (changetype<Vma>(at).flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
    mmapReadUnlock(mm);
    if (mapped && access(mm, address, write, false, false) != 0) return false;
  }
  return true;
}

/**
 * Makes the fault of a store for every page in [start, end) of a private `vma`. It skips pages whose fault fails. The
 * mmap lock is held.
 */
export function populateLocked(mm: Mm, vma: Vma, start: u64, end: u64): void {
  const vmf = changetype<Vmf>(changetype<usize>(thisCpu()) + CPU_VMF);
  for (let address = start; address < end; address += PAGE_SIZE) {
    vmf.address = address;
    vmf.mm = changetype<u32>(mm);
    vmf.vma = changetype<u32>(vma);
    vmf.write = 1;
    vmf.store = 0;
    vmf.exec = 0;
    vmf.vmaLocked = 0;
    vmf.counted = 0;
    while (handleFault(vmf) == FAULT_RETRY) {}
  }
}
