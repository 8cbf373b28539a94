/**
 * First touch of private anonymous memory. Before 2018 some places set the entry before they called
 * page_add_new_anon_rmap().
 *
 * Yu Zhao, "mm: don't expose page to fast gup before it's ready": "we don't want to expose page before it's properly
 * setup. During page setup, we may call page_add_new_anon_rmap() which uses non-atomic bit op. If page is exposed
 * before it's done, we could overwrite page flags that are set by get_user_pages_fast() or its callers."
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import {
  CONTENT_FULL,
  DELAY_ENTRY_SET,
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  PTE_DIRTY,
  PTE_WRITE,
  VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { ctl } from "../arch/cpu";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mkPte, pteLocked, setPteLocked } from "../pt/pte";
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
  // A store fills a one-word page.
  if (vmf.store == 0 || ctl().content == CONTENT_FULL) contentZero(page);

  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(page, 2);
    return FAULT_RETRY;
  }
  // The wrong order: whoever takes no lock finds the page as it is now.
  const writable = (changetype<Vma>(vmf.vma).flags & VM_WRITE) != 0 ? PTE_WRITE : 0;
  setPteLocked(vmf.pte, mkPte(page, writable | PTE_DIRTY));
  delayPoint(DELAY_ENTRY_SET);
  addNewAnonRmap(page, changetype<Vma>(vmf.vma), vmf.address);
  accessPage(vmf, page);
  spinUnlock(vmf.ptl);
  lruAdd(page);
  thisCpu().statFaultAnon++;
  return FAULT_DONE;
}
