/** The first touch of private anonymous memory: a read maps the zero page, a write a new page. */

import { thisCpu } from "../arch/cpu";
import {
  CONTENT_FULL,
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  NOTICE_ANON,
  NOTICE_ZERO,
  PTE_DIRTY,
  PTE_WRITE,
  VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { countFaultAs } from "../mem/notice";
import { ctl } from "../arch/cpu";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mkPte, mkZeroPte, pteLocked, pteUnchangedHole, setPteLocked } from "../pt/pte";
import { addNewAnonRmap } from "../rmap/map_page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { accessPage, countFault, faultAnonPrepare } from "./fault_step";

/** Handles the fault. FAULT_*. */
export function doAnonymousPage(vmf: Vmf): i32 {
  countFault(vmf);
  if (vmf.write == 0) return mapZeroPage(vmf);
  const prepared = faultAnonPrepare(vmf);
  if (prepared != FAULT_DONE) return prepared;
  const at = frameAlloc(2); // the entry's reference and the LRU batch's
  if (at == 0) return FAULT_OOM;
  const page = changetype<Page>(at);
  // Where content is one word, the store fills the page.
  if (vmf.store == 0 || ctl().content == CONTENT_FULL) contentZero(page);

  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(page, 2);
    return FAULT_RETRY;
  }
  addNewAnonRmap(page, changetype<Vma>(vmf.vma), vmf.address);
  accessPage(vmf, page);
  // Who supplies a missing page does not need the rights of a store.
  const writable = (changetype<Vma>(vmf.vma).flags & VM_WRITE) != 0 ? PTE_WRITE : 0;
  setPteLocked(vmf.pte, mkPte(page, writable | PTE_DIRTY));
  spinUnlock(vmf.ptl);
  lruAdd(page);
  countFaultAs(NOTICE_ANON);
  return FAULT_DONE;
}

function mapZeroPage(vmf: Vmf): i32 {
  spinLock(vmf.ptl, LOCK_PTE);
  const free = pteLocked(vmf.pte) == vmf.orig;
  if (free) {
    setPteLocked(vmf.pte, mkZeroPte() | pteUnchangedHole(vmf.orig));
    thisCpu().accessValue = 0;
    countFaultAs(NOTICE_ZERO);
  }
  spinUnlock(vmf.ptl);
  return free ? FAULT_DONE : FAULT_RETRY;
}
