/**
 * Accesses of many pages in order, as a loop over them makes. Each does what a single access does;
 * what a run of them has in common is done once: the VMA's lock is taken for the run, and a table's
 * lock for up to RUN entries. Whatever needs more than that stops the run and goes the usual way.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { tlbBegin, tlbFill } from "../arch/tlb";
import {
  LOCK_PTE, PAGE_SHIFT, PAGE_SIZE, PTE_ACCESSED, PTE_DIRTY, PTE_WRITE, TASK_SIZE, VMA_LOCK_OFFSET, VM_ACCESS, VM_SHARED, VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { contentCopy, contentZero } from "../mem/content";
import { frameAlloc } from "../mem/frame";
import { Cpu } from "../obj/cpu";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { flushTlbMm } from "../pt/flush";
import { mkPte, mkZeroPte, pteIsZero, pteLocked, pteMkdirtyWritable, ptePage, ptePresent, pteWritable, setPteLocked } from "../pt/pte";
import { leafAlloc, leafEnd, pteAt, ptlOf } from "../pt/table";
import { addNewAnonRmap, pageAnon, removeRmap } from "../rmap/map_page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lockVmaUnderRcu, vmaEndRead } from "../vma/lock";
import { access, tlbAllows } from "./access";
import { mayReuse } from "./fault_cow";

/** Entries under one hold of a table's lock. */
const RUN: u64 = 32;

/** Accesses `pages` pages in order; how many it did goes to Cpu.accessValue. Stops at the first that fails: its result. */
export function touch(mm: Mm, address: u64, pages: u64, write: bool): i32 {
  const end = pages > TASK_SIZE >> PAGE_SHIFT ? TASK_SIZE : address + (pages << PAGE_SHIFT);
  let at = address;
  let result = 0;
  while (at < end) {
    if (tlbAllows(mm, at, write)) {
      at += PAGE_SIZE;
      continue;
    }
    at = touchRun(mm, at, end, write);
    if (at >= end) break;
    // What stopped the run, alone.
    result = access(mm, at, write, false, false);
    if (result != 0) break;
    at += PAGE_SIZE;
  }
  thisCpu().accessValue = (at - address) >> PAGE_SHIFT;
  return result;
}

/** Accesses pages from `address` on in one VMA, under its lock; the address that it stopped at. */
function touchRun(mm: Mm, address: u64, end: u64, write: bool): u64 {
  if (address >= TASK_SIZE) return address;
  const locked = lockVmaUnderRcu(mm, address);
  if (locked == 0) return address;
  const vma = changetype<Vma>(locked);
  let at = address;
  if ((vma.flags & (write ? VM_WRITE : VM_ACCESS)) != 0) {
    const last = min(end, vma.end);
    // A writer that waits for this lock waits for no more than one hold of a table's lock.
    while (at < last && readOnce32(vma.refcntAt) < VMA_LOCK_OFFSET) {
      const leaf = leafAlloc(mm, at);
      if (leaf == 0) break;
      const stop = min(min(leafEnd(at), last), at + RUN * PAGE_SIZE);
      at = touchEntries(mm, vma, leaf, at, stop, write);
      if (at < stop) break;
    }
  }
  vmaEndRead(vma);
  return at;
}

/** Goes through entries of one leaf table, under its lock; the address that it stopped at. The VMA's lock is held. */
function touchEntries(mm: Mm, vma: Vma, leaf: u64, address: u64, stop: u64, write: bool): u64 {
  const cpu = thisCpu();
  const ptl = ptlOf(leaf);
  const epoch = tlbBegin(mm);
  let copied: u32 = 0;
  let faults: u32 = 0;
  spinLock(ptl, LOCK_PTE);
  let at = pteAt(leaf, address);
  for (; address < stop; address += PAGE_SIZE, at += 8) {
    const pte = pteLocked(at);
    if (pte == 0) {
      if (!firstTouch(cpu, vma, address, at, write)) break;
      faults++;
    } else if (!ptePresent(pte)) {
      break;
    } else if (write && !pteWritable(pte)) {
      const old = breakCow(cpu, mm, vma, address, at, pte);
      if (old == STOPPED) break;
      if (old != NOBODY) cpu.setGatherPage(copied++, old);
      faults++;
    } else {
      const young = pte | PTE_ACCESSED | (write ? PTE_DIRTY : 0);
      if (young != pte) setPteLocked(at, young);
      tlbFill(mm, address, young, epoch);
    }
  }
  spinUnlock(ptl);
  cpu.statFaults += faults;
  cpu.statVmaLocked += faults;
  for (let i: u32 = 0; i < copied; i++) putPage(changetype<Page>(cpu.gatherPage(i))); // the entries'
  return address;
}

/** doAnonymousPage for an entry that is none. False: it is not that simple. The table's lock is held. */
@inline
function firstTouch(cpu: Cpu, vma: Vma, address: u64, at: usize, write: bool): bool {
  if (vma.file != 0) return false;
  if (!write) {
    setPteLocked(at, mkZeroPte());
    cpu.statFaultZero++;
    return true;
  }
  if (vma.anonVma == 0) return false;
  const fresh = frameAlloc(2); // the entry's reference and the LRU batch's
  if (fresh == 0) return false;
  contentZero(changetype<Page>(fresh));
  mapNew(changetype<Page>(fresh), vma, address, at);
  cpu.statFaultAnon++;
  return true;
}

/** Maps a page that nobody else knows. */
@inline
function mapNew(page: Page, vma: Vma, address: u64, at: usize): void {
  addNewAnonRmap(page, vma, address);
  setPteLocked(at, mkPte(page, PTE_WRITE | PTE_DIRTY));
  lruAdd(page);
}

/** What breakCow gives instead of a page: it was reused, or was the zero page; or it is not that simple. */
const NOBODY: u32 = 0;
const STOPPED: u32 = 1;

/**
 * doWpPage for a present entry that must not be written: the page that was copied, whose reference
 * the caller drops when it has dropped the table's lock. That lock is held all the while, so nothing
 * has to be looked at again.
 */
@inline
function breakCow(cpu: Cpu, mm: Mm, vma: Vma, address: u64, at: usize, pte: u64): u32 {
  if ((vma.flags & VM_SHARED) != 0 || vma.anonVma == 0) return STOPPED;
  const zero = pteIsZero(pte);
  const old = ptePage(pte);
  if (!zero && mayReuse(old, vma)) {
    setPteLocked(at, pteMkdirtyWritable(pte));
    cpu.statFaultCow++;
    cpu.statReuse++;
    return NOBODY;
  }
  const fresh = frameAlloc(2);
  if (fresh == 0) return STOPPED;
  const page = changetype<Page>(fresh);
  if (zero) contentZero(page);
  else contentCopy(page, old);
  setPteLocked(at, 0);
  flushTlbMm(mm);
  mapNew(page, vma, address, at);
  cpu.statFaultCow++;
  if (zero) return NOBODY;
  if (pageAnon(old)) cpu.anonDelta--;
  removeRmap(old);
  return changetype<u32>(old);
}
