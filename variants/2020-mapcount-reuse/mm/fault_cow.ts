/**
 * A store to a page that is mapped read-only, as until Linux 5.7: a page that one entry maps is taken over, whoever
 * else refers to it (CVE-2020-29374).
 *
 * "So the COW can break either way": whoever writes first gets the copy, unless nobody else maps the page any more;
 * but a reader by get_user_pages does not map it. reuse_swap_page() counted mappings and swap entries. Since 5.8 a
 * page with other references is copied.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicOr32 } from "../arch/rmw";
import {
  FAULT_DONE, FAULT_OOM, FAULT_RETRY, LOCK_PTE, PG_ANON_EXCLUSIVE, PG_DIRTY, PTE_DIRTY, PTE_WRITE, VM_SHARED,
} from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { contentCopy, contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { flushTlbMm } from "../pt/flush";
import { mkPte, pteIsZero, pteLocked, pteMkdirtyWritable, ptePage, setPteLocked } from "../pt/pte";
import { addNewAnonRmap, pageAnon, pageKsm, removeRmap } from "../rmap/map_page";
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
  return pageAnon(page) && !pageKsm(page) && (isExclusive(page) || becomeExclusive(page, vma));
}

/** Lets the entry write, makes the store, releases the table's lock. */
function makeWritable(vmf: Vmf, page: Page): i32 {
  setPteLocked(vmf.pte, pteMkdirtyWritable(vmf.orig));
  accessPage(vmf, page);
  spinUnlock(vmf.ptl);
  return FAULT_DONE;
}

@inline
function isExclusive(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0;
}

/**
 * Whether this entry is the page's only mapping: then the page is taken for this VMA's alone.
 */
function becomeExclusive(page: Page, vma: Vma): bool {
  if (!pageTrylock(page)) return false;
  // A slot that no entry names any more keeps nobody.
  if (pageSwapcache(page)) swapTryRemove(page);
  // The references of those who do not map it are not asked for.
  const alone = readOnce32(page.mapcountAt) == 1 && !pageSwapcache(page);
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
    delayPoint(5);
    result = installCopy(vmf, changetype<Page>(fresh), old);
  }
  if (old != 0) {
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
