/**
 * An access of a process to its memory: through the TLB if possible, else through the page tables, with a fault if they
 * do not allow it.
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { tlbEnter, tlbForgetPage, tlbHolds, tlbLeave, tlbPeek } from "../arch/tlb";
import { trace } from "../arch/trace";
import {
  CPU_VMF,
  DELAY_TLB_HIT,
  EVENT_TLB_HIT,
  EMISSING,
  ENOMEM,
  FAULT_BUS,
  FAULT_DONE,
  FAULT_MISSING,
  FAULT_NEEDS_MMAP,
  FAULT_OOM,
  FAULT_SEGV,
  PAGE_SIZE,
  PTE_DIRTY,
  PTE_PRESENT,
  PTE_WRITE,
  SIGBUS,
  SIGNAL_BASE,
  SIGSEGV,
  TASK_SIZE,
} from "../layout";
import { contentLoad, contentStore } from "../mem/content";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { STORE_PART, Vmf } from "../obj/vmf";
import { ptePage } from "../pt/pte";
import { makeRoom, ROOM_ATTEMPTS } from "../reclaim/room";
import { lockVmaUnderRcu, mmapReadLock, mmapReadUnlock, vmaEndRead } from "../vma/lock";
import { findVma } from "../vma/tree";
import { handleFault } from "./fault";
import { expandStack } from "./stack";

/**
 * Loads from `address` into Cpu.accessValue, or stores the value there, as `store` says: see Vmf.store. With `write`
 * but a `store` of 0 the access needs the rights of a store and leaves the value as it is. Returns 0, a signal as
 * -(SIGNAL_BASE + number), -ENOMEM, or -EMISSING: the caller holds nothing, and may wait (mm/missing.ts).
 */
export function access(mm: Mm, address: u64, write: bool, exec: bool, store: u32): i32 {
  if (address >= TASK_SIZE) return segv();
  // An entry does not say whether code may be fetched there. Only the VMA does.
  if (!exec && store != STORE_PART && throughTlb(mm, address, write, store != 0)) return 0;
  tlbForgetPage(mm, address);
  const cpu = thisCpu();
  const vmf = changetype<Vmf>(changetype<usize>(cpu) + CPU_VMF);
  vmf.address = address;
  vmf.mm = changetype<u32>(mm);
  vmf.write = write ? 1 : 0;
  vmf.store = store;
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
      // No lock is held here, so this CPU may look for pages to free.
      if (attempts != 0) {
        attempts -= min(attempts, makeRoom());
        continue;
      }
      cpu.statOom++;
      return -ENOMEM;
    }
    if (result == FAULT_MISSING) return -EMISSING;
    // FAULT_RETRY: something changed on the way.
  }
}

/**
 * The rights that an access needs of an entry. A store through an entry that is not dirty goes by the page table, which
 * notes it there.
 */
@inline
export function rightsFor(write: bool): u64 {
  return write ? PTE_PRESENT | PTE_WRITE | PTE_DIRTY : PTE_PRESENT;
}

/** Makes the access if the TLB knows the page and allows it. False: it did not. */
@inline
export function throughTlb(mm: Mm, address: u64, write: bool, store: bool): bool {
  const pte = tlbPeek(mm, address);
  const rights = rightsFor(write);
  if ((pte & rights) != rights) return false;
  const held = tlbEnter(address);
  if (held) {
    trace(EVENT_TLB_HIT, changetype<u32>(ptePage(pte)));
    delayPoint(DELAY_TLB_HIT);
    const cpu = thisCpu();
    const offset = (<u32>address) & (PAGE_SIZE - 8);
    if (store) contentStore(ptePage(pte), offset, cpu.accessValue);
    else if (!write) cpu.accessValue = contentLoad(ptePage(pte), offset);
    cpu.statTlbHits++;
  }
  tlbLeave();
  return held;
}

/** Whether an access that neither loads nor stores would pass by the TLB alone. Such an access leaves no trace. */
@inline
export function tlbAllows(mm: Mm, address: u64, write: bool): bool {
  const rights = rightsFor(write);
  if ((tlbPeek(mm, address) & rights) != rights || !tlbHolds(address)) return false;
  thisCpu().statTlbHits++;
  return true;
}

function segv(): i32 {
  thisCpu().statSegv++;
  return -(SIGNAL_BASE + SIGSEGV);
}

/** The same under the mmap lock. There the VMA is found for sure, and a stack may grow. */
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
