/**
 * Puts pages on the LRU lists through a batch at each CPU, so that the list's lock is taken once for many pages. The
 * batch holds a reference to each of its pages. A page that loses all others meanwhile goes to no list: the batch frees
 * it.
 */

import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { CPU_BATCH, LOCK_LRU, LRU_BATCH } from "../layout";
import { frameFree } from "../mem/frame";
import { Cpu } from "../obj/cpu";
import { Lruvec } from "../obj/lruvec";
import { Page, pageOf } from "../obj/page";
import { refAlone, refDecAndTest } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lruEnterLocked, lruLinkLocked, lruPushLocked, lruvecOf, NO_LIST } from "./list";
import { lruMovesDrain } from "./move";

/** Adds a page. One of the caller's references goes to the batch. */
@inline
export function lruAdd(page: Page): void {
  const cpu = thisCpu();
  if (cpu.lruBatch == LRU_BATCH) drainBatch(cpu);
  cpu.setBatchPage(cpu.lruBatch, changetype<u32>(page));
  cpu.lruBatch++;
}

/** Puts this CPU's batch on its lists and makes the moves that wait. The caller holds no lock inside the LRU lock. */
export function lruAddDrain(): void {
  drainBoth(thisCpu());
}

/** Drains the batches of every CPU. All of them must stand still. */
export function lruDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) drainBoth(cpuOf(i));
}

@inline
function drainBoth(cpu: Cpu): void {
  drainBatch(cpu);
  lruMovesDrain(cpu);
}

function drainBatch(cpu: Cpu): void {
  const count = cpu.lruBatch;
  cpu.lruBatch = 0;
  if (count != 0) lruAddPut(lruvecOf(cpu.number), changetype<usize>(cpu) + CPU_BATCH, count);
}

/**
 * Puts `count` pages, whose addresses stand at `pages`, on lists of `lruvec`: each at the warm end of the list that its
 * flags name. Drops the caller's reference to each. The pages are on no list.
 */
export function lruAddPut(lruvec: Lruvec, pages: usize, count: u32): void {
  let list = NO_LIST;
  let first: u32 = 0;
  let linked: u32 = 0;
  spinLock(lruvec.lockAt, LOCK_LRU);
  for (let i: u32 = 0; i < count; i++) {
    const page = pageOf(pages, i);
    // Only the caller's reference is left: the page was unmapped meanwhile and needs no list.
    if (refAlone(page.refcountAt)) {
      if (refDecAndTest(page.refcountAt)) frameFree(page);
      continue;
    }
    const wanted = lruEnterLocked(page, lruvec);
    if (wanted == NO_LIST) {
      frameFree(page);
      continue;
    }
    if (wanted != list) {
      if (linked != 0) lruPushLocked(lruvec, list, first, linked);
      list = wanted;
      first = lruvec.head(list);
      linked = 0;
    }
    lruLinkLocked(page, lruvec, list, first);
    first = changetype<u32>(page);
    linked++;
  }
  if (linked != 0) lruPushLocked(lruvec, list, first, linked);
  spinUnlock(lruvec.lockAt);
}
