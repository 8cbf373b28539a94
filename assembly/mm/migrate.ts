/** Moves the frames under a range of addresses, and waits for such a move. */

import { thisCpu } from "../arch/cpu";
import { EINVAL, LOCK_PTE, PAGE_SIZE, TASK_SIZE, FAULT_RETRY } from "../layout";
import { lruAddDrain } from "../lru/add";
import { putPage } from "../lru/release";
import { frameAlloc } from "../mem/frame";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vmf } from "../obj/vmf";
import { pteIsMigration, pteLocked, ptePage } from "../pt/pte";
import { migratePage } from "../reclaim/migrate";
import { pageLock, pageUnlock } from "../sync/pagelock";
import { refIncNotZero } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { pageAtGet } from "./find_mappings";
import { pageAlign } from "./munmap";

/**
 * Moves the frame under every page of the range. The number of moved pages goes to Cpu.accessValue. Returns 0 or
 * -EINVAL.
 */
export function migrateRange(mm: Mm, start: u64, length: u64): i32 {
  const end = start + pageAlign(length);
  if ((start & (PAGE_SIZE - 1)) != 0 || end < start || end > TASK_SIZE) return -EINVAL;
  lruAddDrain(); // the batch holds references to its pages, which would keep them from moving
  let moved: u64 = 0;
  for (let address = start; address < end; address += PAGE_SIZE) {
    const at = pageAtGet(mm, address);
    if (at == 0) continue;
    const target = frameAlloc(2);
    if (target != 0 && migratePage(changetype<Page>(at), changetype<Page>(target))) moved++;
    putPage(changetype<Page>(at));
  }
  thisCpu().accessValue = moved;
  return 0;
}

/** A fault on a migration entry: waits until the page has arrived. FAULT_RETRY. */
export function waitForMigration(vmf: Vmf): i32 {
  spinLock(vmf.ptl, LOCK_PTE);
  const pte = pteLocked(vmf.pte);
  if (!pteIsMigration(pte)) {
    spinUnlock(vmf.ptl);
    return FAULT_RETRY;
  }
  // The mover holds the page as long as the entry is there. From now on this CPU holds it too, unless the count is
  // frozen while a page of a file moves: then the mover is about to be done. Pairs with takeOverFile in
  // reclaim/migrate.ts.
  const page = ptePage(pte);
  const held = refIncNotZero(page.refcountAt);
  spinUnlock(vmf.ptl);
  if (!held) return FAULT_RETRY;
  pageLock(page);
  pageUnlock(page);
  putPage(page);
  return FAULT_RETRY;
}
