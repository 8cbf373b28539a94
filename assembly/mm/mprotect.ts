/** mprotect. */

import {
  EINVAL,
  ENOMEM,
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
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { pageAlign } from "./munmap";
import { populateLocked } from "./populate";
import { vmaModifyFlags } from "./split";

/** The system call. A hole ends it with -ENOMEM, after the mappings before it were changed. */
export function mprotect(mm: Mm, start: u64, length: u64, prot: u32): i32 {
  if ((start & (PAGE_SIZE - 1)) != 0) return -EINVAL;
  if (length == 0) return 0;
  const end = start + pageAlign(length);
  if (end <= start) return -ENOMEM;
  mmapWriteLock(mm);
  const result = mprotectLocked(mm, start, end, prot & VM_ACCESS);
  mmapWriteUnlock(mm);
  return result;
}

function mprotectLocked(mm: Mm, start: u64, end: u64, prot: u32): i32 {
  let at = findVma(mm, start);
  let address = start;
  while (address < end) {
    if (at == 0 || changetype<Vma>(at).start > address) return -ENOMEM;
    const vma = changetype<Vma>(at);
    const stop = min(vma.end, end);
    const changed = protectOne(mm, vma, address, stop, prot);
    if (changed == 0) return -ENOMEM;
    // A merge may have swallowed the next VMA.
    address = changetype<Vma>(changed).end;
    at = changetype<Vma>(changed).next;
  }
  return 0;
}

/** Gives [start, end) of one VMA the protection `prot`. Returns the VMA that covers the range then, or 0: no memory. */
function protectOne(mm: Mm, vma: Vma, start: u64, end: u64, prot: u32): u32 {
  const old = vma.flags;
  let flags = (old & ~VM_ACCESS) | prot;
  if (flags == old) return changetype<u32>(vma);
  if ((flags & VM_WRITE) != 0) {
    if ((old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE)) == 0) flags |= VM_ACCOUNT;
  } else if ((old & VM_ACCOUNT) != 0 && vma.file == 0 && vma.anonVma == 0) {
    // No private page was written, so the memory is accounted no longer.
    flags &= ~VM_ACCOUNT;
  }
  const changed = vmaModifyFlags(mm, vma, start, end, flags);
  if (changed == 0) return 0;
  if ((flags & VM_WRITE) == 0) writeProtect(mm, start, end);
  // An access through the TLB does not ask the VMA, so the TLBs are flushed.
  if ((old & ~flags & VM_ACCESS) != 0) flushTlbMm(mm);
  // Locked private memory that becomes writable gets pages of its own at once.
  if ((flags & VM_WRITE) != 0 && (old & (VM_LOCKED | VM_WRITE | VM_SHARED)) == VM_LOCKED) {
    populateLocked(mm, changetype<Vma>(changed), start, end);
  }
  return changed;
}

/** Makes every entry in [start, end) read-only. Faults make entries writable later. */
function writeProtect(mm: Mm, start: u64, end: u64): void {
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    const ptl = ptlOf(leaf);
    spinLock(ptl, LOCK_PTE);
    flushTlbBatchedPending(mm);
    let at = pteAt(leaf, address);
    for (; address < stop; address += PAGE_SIZE, at += 8) {
      const pte = pteLocked(at);
      if (ptePresent(pte) && pteWritable(pte)) setPteLocked(at, pteWrprotect(pte));
      else if (pteIsMigration(pte)) setPteLocked(at, pte & ~PTE_MIG_WRITE);
    }
    spinUnlock(ptl);
  }
}
