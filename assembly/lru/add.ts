/**
 * Putting pages on the LRU lists: through a batch at each CPU, so that the list's lock is taken
 * once for many pages. A page in a batch is held by a reference of the batch's.
 */

import { atomicOr32 } from "../arch/rmw";
import { readOnce32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { LOCK_LRU, LRU_BATCH, PG_LRU, PG_LRUVEC_SHIFT, PG_SWAPBACKED } from "../layout";
import { listAdd } from "../lib/list";
import { frameFree } from "../mem/frame";
import { Cpu } from "../obj/cpu";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { refDecAndTest } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lruDel, lruvecOf } from "./list";

/** Inactive lists: new pages start here. */
const INACTIVE_ANON: u32 = 0;
const INACTIVE_FILE: u32 = 2;

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
    const list = (page.flags & PG_SWAPBACKED) != 0 ? INACTIVE_ANON : INACTIVE_FILE;
    atomicOr32(page.flagsAt, PG_LRU | (lruvec.number << PG_LRUVEC_SHIFT));
    listAdd(lruvec.headAt(list), lruvec.tailAt(list), page);
    lruvec.addCount(list, 1);
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
