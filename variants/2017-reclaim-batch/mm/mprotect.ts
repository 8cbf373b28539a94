/**
 * mprotect, as in Linux 4.3 to 4.12: a CPU that finds no entry flushes nothing.
 *
 * Reclaim's flushes are batched since 72b252aed506. Mel Gorman, 3ea277194daa: "Nadav Amit identified a theoritical
 * race between page reclaim and mprotect due to TLB flushes being batched outside of the PTL being held". He listed
 * mprotect, munmap, madvise and mremap, which call flush_tlb_batched_pending() since.
 */

import {
  LOCK_PTE,
  PAGE_SIZE,
  PTE_MIG_WRITE,
  VM_ACCESS,
  VM_ACCOUNT,
  VM_LOCKED,
  VM_NORESERVE,
  VM_SHARED,
  VM_WRITE,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { pteIsMigration, pteLocked, ptePresent, pteWritable, pteWrprotect, setPteLocked } from "../pt/pte";
import { flushTlbMm } from "../pt/flush";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { populateLocked } from "./populate";
import { vmaModifyFlags } from "./split";

/** Gives [start, end) of one VMA the protection `prot`; the VMA that covers it then, or 0: no memory. */
function protectOne(mm: Mm, vma: Vma, start: u64, end: u64, prot: u32): u32 {
  const old = vma.flags;
  let flags = (old & ~VM_ACCESS) | prot;
  if (flags == old) return changetype<u32>(vma);
  if ((flags & VM_WRITE) != 0) {
    if ((old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE)) == 0) flags |= VM_ACCOUNT;
  } else if ((old & VM_ACCOUNT) != 0 && vma.file == 0 && vma.anonVma == 0) {
    // Nothing private was written: the charge is given back.
    flags &= ~VM_ACCOUNT;
  }
  const changed = vmaModifyFlags(mm, vma, start, end, flags);
  if (changed == 0) return 0;
  // What has no entry, nobody can remember.
  const any = (flags & VM_WRITE) != 0 || writeProtect(mm, start, end);
  if (any && (old & ~flags & VM_ACCESS) != 0) flushTlbMm(mm);
  // Locked private memory that becomes writable has pages of its own at once.
  if ((flags & VM_WRITE) != 0 && (old & (VM_LOCKED | VM_WRITE | VM_SHARED)) == VM_LOCKED)
    populateLocked(mm, changetype<Vma>(changed), start, end);
  return changed;
}

/** Makes every entry in [start, end) read-only. True: there were some. Making them writable is left to the faults. */
function writeProtect(mm: Mm, start: u64, end: u64): bool {
  let any = false;
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    const ptl = ptlOf(leaf);
    spinLock(ptl, LOCK_PTE);
    let at = pteAt(leaf, address);
    for (; address < stop; address += PAGE_SIZE, at += 8) {
      const pte = pteLocked(at);
      if (ptePresent(pte)) any = true;
      if (ptePresent(pte) && pteWritable(pte)) setPteLocked(at, pteWrprotect(pte));
      else if (pteIsMigration(pte)) setPteLocked(at, pte & ~PTE_MIG_WRITE);
    }
    spinUnlock(ptl);
  }
  return any;
}
