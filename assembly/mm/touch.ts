/**
 * Accesses many pages in order, as a loop over them would. Each access does what a single one does. A run of accesses
 * does the common part once: it takes the VMA's lock for the run, and a table's lock for up to RUN entries. An access
 * that needs more than that stops the run and goes the usual way.
 */

import { readOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { tlbBegin, tlbFill, tlbForgetAll } from "../arch/tlb";
import {
  LOCK_PTE,
  PAGE_SHIFT,
  PAGE_SIZE,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_PRESENT,
  PTE_UNCHANGED,
  PTE_WRITE,
  TASK_SIZE,
  TLB_ENTRIES,
  VMA_LOCK_OFFSET,
  VM_ACCESS,
  VM_LOCKED,
  VM_SHARED,
  VM_UFFD_MISSING,
  VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { gather, makeGatheredEvictable, releaseGathered } from "../lru/release";
import { contentCopy, contentZero } from "../mem/content";
import { countFrames, frameAlloc, frameAllocUncounted, zeroPage } from "../mem/frame";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { flushTlbMm, tlbFlushIsPending } from "../pt/flush";
import {
  mkPte,
  mkZeroPte,
  pteIsZero,
  pteLocked,
  pteMkdirtyWritable,
  ptePage,
  ptePresent,
  pteWritable,
  setPteLocked,
} from "../pt/pte";
import { leafAlloc, leafEnd, pteAt, ptlOf } from "../pt/table";
import { addNewAnonRmapUncounted, pageAnon, removeRmap } from "../rmap/map_page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lockVmaUnderRcu, vmaEndRead } from "../vma/lock";
import { access, tlbAllows } from "./access";
import { mayReuse } from "./fault_cow";

/** Entries under one hold of a table's lock. */
const RUN: u64 = 32;

/**
 * Accesses `pages` pages in order. The number of accesses made goes to Cpu.accessValue. Stops at the first that fails
 * and returns its result, else 0.
 */
export function touch(mm: Mm, address: u64, pages: u64, write: bool): i32 {
  // The number is limited to the pages that there are, so that the sum does not wrap. Pages behind the end must fail.
  const first = min(address, TASK_SIZE);
  const end = first + (min(pages, TASK_SIZE >> PAGE_SHIFT) << PAGE_SHIFT);
  // Notices are for each access.
  const alone = ctl().noticeBase != 0;
  let at = first;
  let result = 0;
  while (at < end) {
    if (tlbAllows(mm, at, write)) {
      at += PAGE_SIZE;
      continue;
    }
    if (!alone) at = touchRun(mm, at, end, write);
    if (at >= end) break;
    // The access that stopped the run is made alone.
    result = access(mm, at, write, false, false);
    if (result != 0) break;
    at += PAGE_SIZE;
  }
  thisCpu().accessValue = (at - first) >> PAGE_SHIFT;
  return result;
}

/** Accesses pages of one VMA from `address` on, under its lock. Returns the address where it stopped. */
function touchRun(mm: Mm, address: u64, end: u64, write: bool): u64 {
  if (address >= TASK_SIZE) return address;
  const locked = lockVmaUnderRcu(mm, address);
  if (locked == 0) return address;
  const vma = changetype<Vma>(locked);
  let at = address;
  const flags = vma.flags;
  // Where absent pages are missing, each access is made alone.
  if ((flags & (write ? VM_WRITE : VM_ACCESS)) != 0 && (flags & VM_UFFD_MISSING) == 0) {
    const last = min(end, vma.end);
    // The TLB learns only as many entries as it has room for. More would replace the earlier ones.
    const remembered = last - min(last - address, TLB_ENTRIES << PAGE_SHIFT);
    // So a writer that waits for this lock waits for at most one hold of a table's lock.
    while (at < last && readOnce32(vma.refcntAt) < VMA_LOCK_OFFSET) {
      const leaf = leafAlloc(mm, at);
      if (leaf == 0) break;
      const stop = min(min(leafEnd(at), last), at + RUN * PAGE_SIZE);
      at = touchEntries(mm, vma, leaf, at, stop, write, remembered);
      if (at < stop) break;
    }
  }
  vmaEndRead(vma);
  return at;
}

/**
 * Goes through entries of one leaf table, under its lock. Returns the address where it stopped. The VMA's lock is held.
 * The TLB learns the entries from `remembered` on.
 */
function touchEntries(mm: Mm, vma: Vma, leaf: u64, address: u64, stop: u64, write: bool, remembered: u64): u64 {
  const ptl = ptlOf(leaf);
  const enough = write ? PTE_PRESENT | PTE_ACCESSED | PTE_WRITE | PTE_DIRTY : PTE_PRESENT | PTE_ACCESSED;
  const lost: u64 = write ? PTE_UNCHANGED : 0;
  let epoch = tlbBegin(mm);
  let copied: u32 = 0;
  let flushed = false;
  spinLock(ptl, LOCK_PTE);
  if (tlbFlushIsPending(mm)) {
    // A fault forgets the entry that led to it. The run forgets all entries, because any of them may be stale.
    tlbForgetAll();
    epoch = tlbBegin(mm);
  }
  let at = pteAt(leaf, address);
  while (address < stop) {
    const pte = pteLocked(at);
    if ((pte & (enough | lost)) == enough) {
      if (address >= remembered) tlbFill(mm, address, pte, epoch);
    } else if (pte == 0) {
      const next = firstTouches(vma, address, at, stop, write);
      if (next == address) break;
      at += <usize>((next - address) >> (PAGE_SHIFT - 3));
      address = next;
      continue;
    } else if (!ptePresent(pte)) {
      break;
    } else if (write && !pteWritable(pte)) {
      if ((vma.flags & VM_SHARED) != 0 || readOnce32(vma.anonVmaAt) == 0) break;
      if (!pteIsZero(pte) && mayReuse(ptePage(pte), vma)) {
        setPteLocked(at, pteMkdirtyWritable(pte));
        countFaults(1);
        thisCpu().statFaultCow++;
        thisCpu().statReuse++;
      } else {
        if (!flushed) {
          // One flush serves the run: no TLB learns an entry of this table until its lock is dropped.
          flushTlbMm(mm);
          epoch = tlbBegin(mm);
          flushed = true;
        }
        const old = copyEntry(vma, address, at, pte);
        if (old == 0) break;
        if (old != zeroPage()) copied = gather(copied, changetype<Page>(old));
      }
    } else {
      const young = (pte | enough) & ~lost;
      setPteLocked(at, young);
      if (address >= remembered) tlbFill(mm, address, young, epoch);
    }
    address += PAGE_SIZE;
    at += 8;
  }
  spinUnlock(ptl);
  if (copied != 0) {
    if ((vma.flags & VM_LOCKED) != 0) makeGatheredEvictable(copied);
    releaseGathered(copied); // the entries' references
  }
  return address;
}

/**
 * As doAnonymousPage, for the entries that are none, up to the first that is not. Returns the address of that one. The
 * same address: the page needs a fault of its own. The table's lock is held.
 */
function firstTouches(vma: Vma, address: u64, at: usize, stop: u64, write: bool): u64 {
  if (vma.file != 0) return address;
  let faults: u32 = 0;
  if (!write) {
    const zero = mkZeroPte() | PTE_UNCHANGED;
    for (; address < stop && pteLocked(at) == 0; address += PAGE_SIZE, at += 8, faults++) setPteLocked(at, zero);
    thisCpu().statFaultZero += faults;
  } else if (readOnce32(vma.anonVmaAt) != 0) {
    for (; address < stop && pteLocked(at) == 0; address += PAGE_SIZE, at += 8, faults++) {
      const fresh = frameAllocUncounted(2); // the entry's reference and the LRU batch's
      if (fresh == 0) break;
      contentZero(changetype<Page>(fresh));
      mapNew(changetype<Page>(fresh), vma, address, at);
    }
    countFrames(faults);
    thisCpu().anonDelta += faults;
    thisCpu().statFaultAnon += faults;
  }
  countFaults(faults);
  return address;
}

@inline
function countFaults(faults: u32): void {
  thisCpu().statFaults += faults;
  thisCpu().statVmaLocked += faults;
}

/** Maps a page that nobody else knows. The caller counts it. */
@inline
function mapNew(page: Page, vma: Vma, address: u64, at: usize): void {
  addNewAnonRmapUncounted(page, vma, address);
  setPteLocked(at, mkPte(page, PTE_WRITE | PTE_DIRTY));
  lruAdd(page);
}

/**
 * Copies the page of a present, read-only entry, as doWpPage does. Returns the copied page, or the zero page; 0: no
 * frame at hand. The table's lock is held all the time, so nothing has to be checked again, and every TLB has forgotten
 * the entry. The caller drops the page's reference after the lock.
 */
function copyEntry(vma: Vma, address: u64, at: usize, pte: u64): u32 {
  const fresh = frameAlloc(2);
  if (fresh == 0) return 0;
  const page = changetype<Page>(fresh);
  const old = ptePage(pte);
  const zero = pteIsZero(pte);
  if (zero) contentZero(page);
  else contentCopy(page, old);
  mapNew(page, vma, address, at);
  countFaults(1);
  thisCpu().statFaultCow++;
  if (zero || !pageAnon(old)) thisCpu().anonDelta++;
  if (zero) return zeroPage();
  removeRmap(old);
  return changetype<u32>(old);
}
