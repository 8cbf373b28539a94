/** A store to a page that is mapped read-only: the fault reuses the page or copies it. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import {
  DELAY_PAGE_COPIED,
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  NOTICE_COPY,
  NOTICE_FILE,
  NOTICE_REUSE,
  PG_DIRTY,
  PG_LRU,
  PG_SWAPCACHE,
  PTE_DIRTY,
  PTE_WRITE,
  VM_LOCKED,
  VM_SHARED,
} from "../layout";
import { lruAdd, lruAddDrain } from "../lru/add";
import { makeEvictable } from "../lru/evictable";
import { putPage } from "../lru/release";
import { contentCopy, contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { countFaultAs } from "../mem/notice";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { flushTlbMm } from "../pt/flush";
import { mkPte, pteIsZero, pteLocked, pteMkdirtyWritable, ptePage, setPteLocked } from "../pt/pte";
import { addNewAnonRmap, isExclusive, pageAnon, pageKsm, removeRmap } from "../rmap/map_page";
import { moveAnonRmap } from "../rmap/move_anon";
import { pageSwapcache, swapTryRemove } from "../swap/cache";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { accessPage, countFault, faultAnonPrepare } from "./fault_step";

/** Handles the fault. The table's lock is held and the entry is checked; this releases the lock. Returns FAULT_*. */
export function doWpPage(vmf: Vmf): i32 {
  countFault(vmf);
  const vma = changetype<Vma>(vmf.vma);
  const page = ptePage(vmf.orig);
  if ((vma.flags & VM_SHARED) != 0) {
    atomicOr32(page.flagsAt, PG_DIRTY);
    countFaultAs(NOTICE_FILE);
    return makeWritable(vmf, page);
  }
  if (pteIsZero(vmf.orig)) return copyPage(vmf, 0);
  if (mayReuse(page, vma)) {
    thisCpu().statFaultCow++;
    countFaultAs(NOTICE_REUSE);
    return makeWritable(vmf, page);
  }
  refInc(page.refcountAt); // another CPU may unmap it while the lock is dropped
  return copyPage(vmf, changetype<u32>(page));
}

/**
 * Whether a store may go to the page itself: the page is, or has just become, the faulting VMA's alone. The table's
 * lock is held.
 */
@inline
export function mayReuse(page: Page, vma: Vma): bool {
  if (!pageAnon(page) || pageKsm(page)) return false;
  return isExclusive(page) || (!isHeldByOthers(page) && becomeExclusive(page, vma));
}

/**
 * Whether someone else holds a reference: more are counted than this entry's and those that becomeExclusive drops.
 * These are the swap cache's, and that of this CPU's LRU batch; a page that is on a list is in no batch.
 */
@inline
function isHeldByOthers(page: Page): bool {
  const flags = readOnce32(page.flagsAt);
  return readOnce32(page.refcountAt) > 1 + ((flags & PG_SWAPCACHE) != 0 ? 1 : 0) + ((flags & PG_LRU) == 0 ? 1 : 0);
}

/** Makes the entry writable, makes the store, and releases the table's lock. */
function makeWritable(vmf: Vmf, page: Page): i32 {
  setPteLocked(vmf.pte, pteMkdirtyWritable(vmf.orig));
  accessPage(vmf, page);
  spinUnlock(vmf.ptl);
  return FAULT_DONE;
}

/**
 * Whether this entry holds the page's only reference. If so, the page becomes this VMA's alone. A reference in this
 * CPU's LRU batch would hide that, so the batch is drained first. Counting references instead of mappings keeps a
 * pinned page from being taken over (CVE-2020-29374).
 */
function becomeExclusive(page: Page, vma: Vma): bool {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();
  if (!pageTrylock(page)) return false;
  // If no entry names its slot any more, the page leaves the swap cache.
  if (pageSwapcache(page)) swapTryRemove(page);
  const alone = readOnce32(page.refcountAt) == 1;
  if (alone) moveAnonRmap(page, vma);
  pageUnlock(page);
  return alone;
}

/**
 * Copies the old page (0: the zero page) to a new one. The table's lock and a reference to the old page are held; both
 * are given up.
 */
function copyPage(vmf: Vmf, old: u32): i32 {
  spinUnlock(vmf.ptl);
  let result = faultAnonPrepare(vmf);
  let fresh: u32 = 0;
  if (result == FAULT_DONE) {
    fresh = frameAlloc(2); // the entry's reference and the LRU batch's
    if (fresh == 0) result = FAULT_OOM;
  }
  if (fresh != 0) {
    if (old != 0) contentCopy(changetype<Page>(fresh), changetype<Page>(old));
    else contentZero(changetype<Page>(fresh));
    delayPoint(DELAY_PAGE_COPIED);
    result = installCopy(vmf, changetype<Page>(fresh), old);
  }
  if (old != 0) {
    // maybe no other mapping locks it
    if ((changetype<Vma>(vmf.vma).flags & VM_LOCKED) != 0) makeEvictable(changetype<Page>(old));
    putPage(changetype<Page>(old));
    if (result == FAULT_DONE) putPage(changetype<Page>(old)); // the entry's
  }
  return result;
}

function installCopy(vmf: Vmf, page: Page, old: u32): i32 {
  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(page, 2);
    return FAULT_RETRY;
  }
  addNewAnonRmap(page, changetype<Vma>(vmf.vma), vmf.address);
  // No CPU may read the old page through its TLB once the new one can be written. So the entry is cleared and flushed
  // first.
  setPteLocked(vmf.pte, 0);
  flushTlbMm(changetype<Mm>(vmf.mm));
  accessPage(vmf, page);
  setPteLocked(vmf.pte, mkPte(page, PTE_WRITE | PTE_DIRTY));
  if (old != 0) {
    // The count falls after the entry is gone: a CPU that sees it fall may take the page for its own.
    const was = changetype<Page>(old);
    if (pageAnon(was)) thisCpu().anonDelta--;
    removeRmap(was);
  }
  spinUnlock(vmf.ptl);
  lruAdd(page);
  countFaultAs(NOTICE_COPY);
  return FAULT_DONE;
}
