/** A store to a page that is mapped read-only: reuse it in place, or copy it. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import {
  DELAY_PAGE_COPIED, FAULT_DONE, FAULT_OOM, FAULT_RETRY, LOCK_PTE, PG_DIRTY, PG_LRU, PG_SWAPCACHE, PTE_DIRTY, PTE_WRITE, VM_LOCKED,
  VM_SHARED,
} from "../layout";
import { lruAdd, lruAddDrain } from "../lru/add";
import { makeEvictable } from "../lru/evictable";
import { putPage } from "../lru/release";
import { contentCopy, contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
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

/** Handles the fault; comes with the table's lock held and the entry checked, and releases it. FAULT_*. */
export function doWpPage(vmf: Vmf): i32 {
  countFault(vmf);
  const vma = changetype<Vma>(vmf.vma);
  const page = ptePage(vmf.orig);
  if ((vma.flags & VM_SHARED) != 0) {
    atomicOr32(page.flagsAt, PG_DIRTY);
    thisCpu().statFaultFile++;
    return makeWritable(vmf, page);
  }
  if (pteIsZero(vmf.orig)) return copyPage(vmf, 0);
  if (mayReuse(page, vma)) {
    thisCpu().statFaultCow++;
    thisCpu().statReuse++;
    return makeWritable(vmf, page);
  }
  refInc(page.refcountAt); // it may be unmapped while the lock is dropped
  return copyPage(vmf, changetype<u32>(page));
}

/** Whether a store may go to the page as it is: it is, or has become, the faulting VMA's alone. The table's lock is held. */
@inline
export function mayReuse(page: Page, vma: Vma): bool {
  return pageAnon(page) && !pageKsm(page) && (isExclusive(page) || (!isHeldByOthers(page) && becomeExclusive(page, vma)));
}

/**
 * Whether references are left over whatever becomeExclusive drops: the swap cache's, and that of this CPU's LRU batch, in
 * which a page that is on a list is not.
 */
@inline
function isHeldByOthers(page: Page): bool {
  const flags = readOnce32(page.flagsAt);
  return readOnce32(page.refcountAt) > 1 + ((flags & PG_SWAPCACHE) != 0 ? 1 : 0) + ((flags & PG_LRU) == 0 ? 1 : 0);
}

/** Lets the entry write, makes the store, releases the table's lock. */
function makeWritable(vmf: Vmf, page: Page): i32 {
  setPteLocked(vmf.pte, pteMkdirtyWritable(vmf.orig));
  accessPage(vmf, page);
  spinUnlock(vmf.ptl);
  return FAULT_DONE;
}

/**
 * Whether this entry holds the page's only reference: then the page is this VMA's alone. A
 * reference in an LRU batch would hide that, so this CPU's batch is drained first. Counting
 * references, not mappings, is what keeps a pinned page from being taken (CVE-2020-29374).
 */
function becomeExclusive(page: Page, vma: Vma): bool {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) lruAddDrain();
  if (!pageTrylock(page)) return false;
  // A slot that no entry names any more keeps nobody.
  if (pageSwapcache(page)) swapTryRemove(page);
  const alone = readOnce32(page.refcountAt) == 1;
  if (alone) moveAnonRmap(page, vma);
  pageUnlock(page);
  return alone;
}

/** Copies the old page (0: the zero page) to a new one. The table's lock is held, and a reference to the old page. */
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
    if ((changetype<Vma>(vmf.vma).flags & VM_LOCKED) != 0) makeEvictable(changetype<Page>(old)); // nobody else may lock it
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
  // Nobody may read the old page once the new one can be written, nor lose the old one's count before.
  setPteLocked(vmf.pte, 0);
  flushTlbMm(changetype<Mm>(vmf.mm));
  accessPage(vmf, page);
  setPteLocked(vmf.pte, mkPte(page, PTE_WRITE | PTE_DIRTY));
  if (old != 0) {
    // Only after the entry is gone: who sees the count fall may take the page for its own.
    const was = changetype<Page>(old);
    if (pageAnon(was)) thisCpu().anonDelta--;
    removeRmap(was);
  }
  spinUnlock(vmf.ptl);
  lruAdd(page);
  thisCpu().statFaultCow++;
  return FAULT_DONE;
}
