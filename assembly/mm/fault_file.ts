/** Faults in mappings of files and of shared anonymous memory. */

import { atomicOr32 } from "../arch/rmw";
import {
  FAULT_BUS,
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  NOTICE_COPY,
  NOTICE_FILE,
  PAGE_SHIFT,
  PG_DIRTY,
  PTE_DIRTY,
  PTE_UNCHANGED,
  PTE_WRITE,
  PTRS_PER_TABLE,
  VM_SHARED,
} from "../layout";
import { fileFindGet, fileGetPage } from "../file/cache";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { contentCopy } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { countFaultAs } from "../mem/notice";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mkPte, pteLocked, pteUnchangedHole, setPteLocked } from "../pt/pte";
import { addFileRmap, addNewAnonRmap, linearPageIndex } from "../rmap/map_page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { accessPage, countFault, faultAnonPrepare } from "./fault_step";

/** Pages that a read fault may map at once: 64 KiB. */
const AROUND: u64 = 16;

/** Handles the fault on an entry that is none. FAULT_*. */
export function doFilePage(vmf: Vmf): i32 {
  countFault(vmf);
  const vma = changetype<Vma>(vmf.vma);
  if (vmf.write == 0) return readFault(vmf, vma);
  return (vma.flags & VM_SHARED) != 0 ? sharedFault(vmf, vma) : copyFault(vmf, vma);
}

/** A read: maps the cached pages around the address. If the page itself is not among them, maps it. */
function readFault(vmf: Vmf, vma: Vma): i32 {
  if (mapAround(vmf, vma)) {
    countFaultAs(NOTICE_FILE);
    return FAULT_DONE;
  }
  return mapOne(vmf, vma, pteUnchangedHole(vmf.orig));
}

/** A store to shared memory. */
function sharedFault(vmf: Vmf, vma: Vma): i32 {
  return mapOne(vmf, vma, PTE_WRITE | PTE_DIRTY);
}

/** Brings the page into the cache and maps it. */
function mapOne(vmf: Vmf, vma: Vma, bits: u64): i32 {
  const file = changetype<AddressSpace>(vma.file);
  const index = linearPageIndex(vma, vmf.address);
  if (index >= file.pages) return FAULT_BUS;
  const at = fileGetPage(file, index);
  if (at == 0) return FAULT_OOM;
  const page = changetype<Page>(at);
  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    putPage(page);
    return FAULT_RETRY;
  }
  if ((bits & PTE_DIRTY) != 0) atomicOr32(page.flagsAt, PG_DIRTY);
  addFileRmap(page); // the reference is the entry's now
  setPteLocked(vmf.pte, mkPte(page, bits));
  accessPage(vmf, page);
  spinUnlock(vmf.ptl);
  countFaultAs(NOTICE_FILE);
  return FAULT_DONE;
}

/** A store to private memory: the fault copies the file's page, and never maps it. */
function copyFault(vmf: Vmf, vma: Vma): i32 {
  const file = changetype<AddressSpace>(vma.file);
  const prepared = faultAnonPrepare(vmf);
  if (prepared != FAULT_DONE) return prepared;
  const index = linearPageIndex(vma, vmf.address);
  if (index >= file.pages) return FAULT_BUS;
  const fresh = frameAlloc(2); // the entry's reference and the LRU batch's
  if (fresh == 0) return FAULT_OOM;
  const page = changetype<Page>(fresh);
  const from = fileGetPage(file, index);
  if (from == 0) {
    frameCancel(page, 2);
    return FAULT_OOM;
  }
  contentCopy(page, changetype<Page>(from));
  putPage(changetype<Page>(from));
  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(page, 2);
    return FAULT_RETRY;
  }
  addNewAnonRmap(page, vma, vmf.address);
  accessPage(vmf, page);
  setPteLocked(vmf.pte, mkPte(page, PTE_WRITE | PTE_DIRTY));
  spinUnlock(vmf.ptl);
  lruAdd(page);
  countFaultAs(NOTICE_COPY);
  return FAULT_DONE;
}

/**
 * Maps every cached page of the 64 KiB around the address that has no entry yet. The window begins at a multiple of 16
 * pages and stays within the VMA and the leaf table. True: the address itself is mapped now, and the load is made.
 */
function mapAround(vmf: Vmf, vma: Vma): bool {
  const file = changetype<AddressSpace>(vma.file);
  const at = vmf.address >> PAGE_SHIFT;
  const table = at & ~(<u64>PTRS_PER_TABLE - 1);
  const first = max(max(at & ~(AROUND - 1), vma.start >> PAGE_SHIFT), table);
  const end = min(min(first + AROUND, table + PTRS_PER_TABLE), vma.end >> PAGE_SHIFT);
  const base = vma.pgoff - (vma.start >> PAGE_SHIFT);
  let mapped = false;
  spinLock(vmf.ptl, LOCK_PTE);
  for (let page = first; page < end; page++) {
    const pte: usize = vmf.pte + <u32>((<i64>page - <i64>at) << 3);
    if (pteLocked(pte) != 0) continue;
    if (base + page >= file.pages) break;
    const found = fileFindGet(file, base + page);
    if (found == 0) continue;
    addFileRmap(changetype<Page>(found)); // the reference is the entry's now
    setPteLocked(pte, mkPte(changetype<Page>(found), PTE_UNCHANGED));
    if (page == at) {
      accessPage(vmf, changetype<Page>(found));
      mapped = true;
    }
  }
  spinUnlock(vmf.ptl);
  return mapped;
}
