/**
 * Putting pages on the LRU lists: through a batch at each CPU, so that the list's lock is taken
 * once for many pages. A page in a batch is held by a reference of the batch's.
 */

import { readOnce32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { LOCK_LRU, LRU_BATCH } from "../layout";
import { frameFree } from "../mem/frame";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { refDecAndTest } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lruAddLocked, lruDel, lruvecOf } from "./list";

/** Adds a page; the caller hands one of its references to the batch. */
@inline
export function lruAdd(page: Page): void {
  const cpu = thisCpu();
  if (cpu.lruBatch == LRU_BATCH) drainBatch(cpu);
  cpu.setBatchPage(cpu.lruBatch, changetype<u32>(page));
  cpu.lruBatch++;
}

/** Puts this CPU's batch on its lists. */
export function lruAddDrain(): void {
  drainBatch(thisCpu());
}

/** Drains the batches of every CPU. Only while all of them stand still. */
export function lruDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) drainBatch(cpuOf(i));
}

function drainBatch(cpu: Cpu): void {
  const count = cpu.lruBatch;
  cpu.lruBatch = 0;
  const lruvec = lruvecOf(cpu.number);
  let locked = false;
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.batchPage(i));
    // Only the batch's reference is left: the page was unmapped meanwhile, and never needs a list.
    if (readOnce32(page.refcountAt) == 1) continue;
    if (!locked) {
      spinLock(lruvec.lockAt, LOCK_LRU);
      locked = true;
    }
    lruAddLocked(page, lruvec);
  }
  if (locked) spinUnlock(lruvec.lockAt);
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.batchPage(i));
    if (refDecAndTest(page.refcountAt)) {
      lruDel(page);
      frameFree(page);
    }
  }
}
