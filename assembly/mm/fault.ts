/** Page faults: finds out which kind a fault is. Follows the shape of Linux's handle_mm_fault. */

import { readOnce64 } from "../arch/access";
import { tlbBegin, tlbFill } from "../arch/tlb";
import {
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  FAULT_SEGV,
  LOCK_PTE,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_UNCHANGED,
  VM_ACCESS,
  VM_EXEC,
  VM_UFFD_MISSING,
  VM_WRITE,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { pteIsMigration, pteIsSwap, pteLocked, ptePage, ptePresent, pteWritable, setPteLocked } from "../pt/pte";
import { leafAlloc, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { doAnonymousPage } from "./fault_anon";
import { doFilePage } from "./fault_file";
import { doSwapPage } from "./fault_swap";
import { waitForMigration } from "./migrate";
import { doWpPage } from "./fault_cow";
import { accessPage } from "./fault_step";
import { stillMissing } from "./missing";

/**
 * Makes the access of `vmf` and the fault that it needs. Returns FAULT_*. The VMA's lock or the mmap lock is held for
 * reading.
 */
export function handleFault(vmf: Vmf): i32 {
  const vma = changetype<Vma>(vmf.vma);
  const flags = vma.flags;
  const right = vmf.write != 0 ? VM_WRITE : vmf.exec != 0 ? VM_EXEC : VM_ACCESS;
  if ((flags & right) == 0) return FAULT_SEGV;
  const leaf = leafAlloc(changetype<Mm>(vmf.mm), vmf.address);
  if (leaf == 0) return FAULT_OOM;
  vmf.pte = <u32>pteAt(leaf, vmf.address);
  vmf.ptl = <u32>ptlOf(leaf);
  // RACE: this peek takes no lock. Every branch looks again under the table's lock.
  vmf.orig = readOnce64(vmf.pte);
  if (!ptePresent(vmf.orig)) {
    if (pteIsSwap(vmf.orig)) return doSwapPage(vmf);
    if (pteIsMigration(vmf.orig)) return waitForMigration(vmf);
    if ((flags & VM_UFFD_MISSING) != 0) return stillMissing(vmf);
    return vma.file == 0 ? doAnonymousPage(vmf) : doFilePage(vmf);
  }

  const epoch = tlbBegin(changetype<Mm>(vmf.mm));
  spinLock(vmf.ptl, LOCK_PTE);
  const pte = pteLocked(vmf.pte);
  if (pte != vmf.orig) {
    spinUnlock(vmf.ptl);
    return FAULT_RETRY;
  }
  if (vmf.write != 0 && !pteWritable(pte)) return doWpPage(vmf);
  const young = vmf.write != 0 ? (pte & ~PTE_UNCHANGED) | PTE_ACCESSED | PTE_DIRTY : pte | PTE_ACCESSED;
  if (young != pte) setPteLocked(vmf.pte, young);
  tlbFill(changetype<Mm>(vmf.mm), vmf.address, young, epoch);
  accessPage(vmf, ptePage(pte));
  spinUnlock(vmf.ptl);
  return FAULT_DONE;
}
