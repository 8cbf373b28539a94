/**
 * A fault on an entry that names a swap slot, as in Linux 4.15 to 6.7: a slot with one user is read without the swap
 * cache (CVE-2024-26759).
 *
 *     CPU 0                                   CPU 1
 *     swap_read_folio() into folio A
 *                                             swap_read_folio() into folio B
 *                                             pte_same: maps B, swap_free(entry)
 *                                             stores to B
 *                                             B is swapped out again, to the same entry
 *     pte_same: equal, so A is mapped
 *     -- what CPU 1 stored is lost
 *
 * The shortcut was for fast swap devices (0bcac06f27d7). The fix (13ddaf26be32) marks the slot as cached while
 * a CPU reads it, and the second CPU waits.
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import {
  DELAY_SLOT_READ,
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  LOCK_SWAP,
  PTE_DIRTY,
  PTE_WRITE,
  VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { frameAlloc, frameCancel } from "../mem/frame";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mkPte, pteLocked, pteSlot, setPteLocked } from "../pt/pte";
import { addNewAnonRmap } from "../rmap/map_page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { swapArea } from "../swap/area";
import { pageSwapcache, pageUnlockSwap, STALE_SLOT, swapPut } from "../swap/cache";
import { swapRead } from "../swap/io";
import { accessPage, countFault, faultAnonPrepare } from "./fault_step";

/** Handles the fault. FAULT_*. */
export function doSwapPage(vmf: Vmf): i32 {
  countFault(vmf);
  const prepared = faultAnonPrepare(vmf);
  if (prepared != FAULT_DONE) return prepared;
  const slot = pteSlot(vmf.orig);
  if (isSoleAndUncached(slot)) return readDirectly(vmf, slot);
  const at = slotPageLock(slot);
  if (at == 0) return FAULT_OOM;
  if (at == STALE_SLOT) return FAULT_RETRY;
  const page = changetype<Page>(at);
  // While the lock was waited for, the page may have left the cache, or come back for another slot.
  let result = FAULT_RETRY;
  if (pageSwapcache(page) && page.priv == slot) {
    const vma = changetype<Vma>(vmf.vma);
    result = fits(page, vma, vmf.address) ? mapIt(vmf, page) : mapCopy(vmf, page);
  }
  pageUnlockSwap(page);
  putPage(page);
  return result;
}

/** Whether one entry names the slot, and no page has its content. */
function isSoleAndUncached(slot: u32): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const sole = swap.count(slot) == 1 && swap.cached(slot) == 0;
  spinUnlock(swap.lockAt);
  return sole;
}

/** Reads the slot into a page that nobody else knows, and maps that if the entry is what it was. */
function readDirectly(vmf: Vmf, slot: u32): i32 {
  const at = frameAlloc(2); // the entry's reference and the LRU batch's
  if (at == 0) return FAULT_OOM;
  const page = changetype<Page>(at);
  page.priv = slot;
  swapRead(page);
  delayPoint(DELAY_SLOT_READ);
  const vma = changetype<Vma>(vmf.vma);
  spinLock(vmf.ptl, LOCK_PTE);
  // It may have been in, changed, and out again.
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(page, 2);
    return FAULT_RETRY;
  }
  addNewAnonRmap(page, vma, vmf.address);
  thisCpu().anonDelta--; // it was counted while it was out
  const writable = vmf.write != 0 && (vma.flags & VM_WRITE) != 0;
  setPteLocked(vmf.pte, mkPte(page, writable ? PTE_WRITE | PTE_DIRTY : PTE_DIRTY));
  accessPage(vmf, page);
  swapPut(slot);
  spinUnlock(vmf.ptl);
  lruAdd(page);
  thisCpu().statSwapIn++;
  return FAULT_DONE;
}
