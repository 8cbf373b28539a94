/** Gathers runs of isolated pages, looks at each run, and unmaps what nobody used: all under one hold (rmap/run.ts). */

import { readOnce32, readOnce64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { LOCK_SWAP } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { mappingIsAnonVma, Page } from "../obj/page";
import { ANON_VMA_BUSY, folioLockAnonVmaRead, folioUnlockAnonVmaRead, pageMapped } from "../rmap/lock";
import { lazyfree } from "../rmap/map_page";
import { RMAP_CONTENDED } from "../rmap/referenced";
import { NOT_COLD, runPage, walkRun } from "../rmap/run";
import { markDirty } from "../rmap/unmap";
import { pageSwapcache, pageUnlockSwap, swapCacheAddLocked } from "../swap/cache";
import { swapArea } from "../swap/area";
import { pageTrylock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { judge } from "./judge";

/** A page of a run is at most so many pages behind the one before: mappings between them cost a look each. */
const CLOSE: u64 = 8;

/**
 * Makes a run of pages of this CPU's gather list, from page `first` on and below `end`. Returns how many it has. They
 * are locked. 0: the first is not of the kind that comes in runs.
 */
export function gatherRun(first: u32, end: u32): u32 {
  const cpu = thisCpu();
  let count: u32 = 0;
  let mapping: u32 = 0;
  for (let i = first; i < end; i++) {
    const page = changetype<Page>(cpu.gatherPage(i));
    const index = readOnce64(page.indexAt);
    if (count == 0) mapping = readOnce32(page.mappingAt);
    else if (index <= runPage(count - 1).index || index - runPage(count - 1).index > CLOSE) break;
    if (!isKind(page, mapping) || !pageTrylock(page)) break;
    // The owner changes under the page lock only, and no page that is isolated gets another offset.
    if (!isKind(page, mapping)) {
      pageUnlockSwap(page);
      break;
    }
    const run = runPage(count++);
    run.page = changetype<u32>(page);
    run.index = index;
    run.used = 0;
  }
  return count;
}

/** Whether the page is a mapped one of the anon_vma that `mapping` names, and is kept until swap has it. */
function isKind(page: Page, mapping: u32): bool {
  return mappingIsAnonVma(mapping) && readOnce32(page.mappingAt) == mapping && pageMapped(page) && !lazyfree(page);
}

/**
 * Looks at this CPU's run of `count` pages and unmaps those that were not used lately; with `force` all of them. Then
 * RunPage.used is 0 for the pages that no entry maps any more. The caller flushes the TLBs. False: the first page has
 * lost its last mapping, and nothing was done.
 */
export function unmapRun(count: u32, force: bool): bool {
  const found = folioLockAnonVmaRead(changetype<Page>(runPage(0).page), force);
  if (found == 0) return false;
  if (found == ANON_VMA_BUSY) {
    thisCpu().statContended += count;
    for (let i: u32 = 0; i < count; i++) runPage(i).used = RMAP_CONTENDED;
    return true;
  }
  const anonVma = changetype<AnonVma>(found);
  if (!force) {
    walkRun(anonVma, count, false);
    for (let i: u32 = 0; i < count; i++) judge(changetype<Page>(runPage(i).page), runPage(i).used);
  }
  takeSlots(count);
  walkRun(anonVma, count, true);
  folioUnlockAnonVmaRead(anonVma);
  for (let i: u32 = 0; i < count; i++) {
    if (runPage(i).used == 0 && pageMapped(changetype<Page>(runPage(i).page))) runPage(i).used = NOT_COLD;
  }
  return true;
}

/** Gives slots to the pages that are to go out. Those that get none stay. */
function takeSlots(count: u32): void {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  for (let i: u32 = 0; i < count; i++) {
    const run = runPage(i);
    const page = changetype<Page>(run.page);
    // Without a mapping the page is about to be freed by the CPU that unmapped it.
    if (run.used != 0 || pageSwapcache(page) || !pageMapped(page)) continue;
    if (swapCacheAddLocked(page)) markDirty(page);
    else run.used = NOT_COLD;
  }
  spinUnlock(swap.lockAt);
}
