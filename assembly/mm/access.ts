/** An access of a process to its memory: the page tables first, a fault where they do not allow it. */

import { thisCpu } from "../arch/cpu";
import {
  CPU_VMF, ENOMEM, FAULT_BUS, FAULT_DONE, FAULT_NEEDS_MMAP, FAULT_OOM, FAULT_SEGV, SIGBUS, SIGNAL_BASE, SIGSEGV, TASK_SIZE,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { makeRoom, ROOM_ATTEMPTS } from "../reclaim/room";
import { lockVmaUnderRcu, mmapReadLock, mmapReadUnlock, vmaEndRead } from "../vma/lock";
import { findVma } from "../vma/tree";
import { handleFault } from "./fault";
import { expandStack } from "./stack";

/**
 * Loads from `address`, or stores to it: the value comes to, or is in, Cpu.accessValue. A `write`
 * that does not `store` needs what a store needs and leaves the value. 0, a signal as
 * -(SIGNAL_BASE + number), or -ENOMEM.
 */
export function access(mm: Mm, address: u64, write: bool, exec: bool, store: bool): i32 {
  if (address >= TASK_SIZE) return segv();
  const cpu = thisCpu();
  const vmf = changetype<Vmf>(changetype<usize>(cpu) + CPU_VMF);
  vmf.address = address;
  vmf.mm = changetype<u32>(mm);
  vmf.write = write ? 1 : 0;
  vmf.store = store ? 1 : 0;
  vmf.exec = exec ? 1 : 0;
  vmf.counted = 0;
  let attempts = ROOM_ATTEMPTS;
  while (true) {
    let result = FAULT_NEEDS_MMAP;
    const locked = lockVmaUnderRcu(mm, address);
    if (locked != 0) {
      vmf.vma = locked;
      vmf.vmaLocked = 1;
      result = handleFault(vmf);
      vmaEndRead(changetype<Vma>(locked));
      if (result == FAULT_DONE) {
        cpu.statVmaLocked += vmf.counted;
        return 0;
      }
    }
    if (result == FAULT_NEEDS_MMAP) result = accessWithMmapLock(mm, vmf);
    if (result == FAULT_DONE) return 0;
    if (result == FAULT_SEGV) return segv();
    if (result == FAULT_BUS) {
      cpu.statBus++;
      return -(SIGNAL_BASE + SIGBUS);
    }
    if (result == FAULT_OOM) {
      // No lock is held here, so this CPU may look for pages itself.
      if (attempts != 0) {
        attempts -= min(attempts, makeRoom());
        continue;
      }
      cpu.statOom++;
      return -ENOMEM;
    }
    // FAULT_RETRY: something changed under way.
  }
}

function segv(): i32 {
  thisCpu().statSegv++;
  return -(SIGNAL_BASE + SIGSEGV);
}

/** The same under the mmap lock: there the VMA is surely found, and a stack may grow. */
function accessWithMmapLock(mm: Mm, vmf: Vmf): i32 {
  mmapReadLock(mm);
  const at = findVma(mm, vmf.address);
  if (at == 0 || changetype<Vma>(at).start > vmf.address) {
    mmapReadUnlock(mm);
    return at == 0 ? FAULT_SEGV : expandStack(mm, vmf.address);
  }
  vmf.vma = at;
  vmf.vmaLocked = 0;
  const result = handleFault(vmf);
  mmapReadUnlock(mm);
  return result;
}
