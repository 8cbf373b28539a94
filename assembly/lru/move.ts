/**
 * Moves pages from one LRU list to another. As in add.ts, each CPU collects a batch, so that a list's lock is taken
 * once for many pages. A page in the batch stays on its list until the batch is drained, and the batch holds a
 * reference to it.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import {
  LOCK_LRU,
  LRU_BATCH,
  PG_ACTIVE,
  PG_DIRTY,
  PG_LRU,
  PG_REFERENCED,
  PG_SWAPBACKED,
  PG_SWAPCACHE,
  PG_UNEVICTABLE,
} from "../layout";
import { listAdd, listDel } from "../lib/list";
import { Cpu } from "../obj/cpu";
import { Lruvec } from "../obj/lruvec";
import { mappingIsAnonVma, Page } from "../obj/page";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { addCount, listOfFlags, lruvecOfFlags } from "./list";
import { putPage } from "./release";

/** The wanted change. It stands in the low bits of the page's address in the batch. */
const ACTIVATE: u32 = 0;
const DEACTIVATE: u32 = 1;
const LAZYFREE: u32 = 2;
const CHANGE_MASK: u32 = 3;

/**
 * Notes that a page of a file was used. The first use is remembered, the second makes the page active. The caller holds
 * a reference.
 */
export function folioMarkAccessed(page: Page): void {
  const flags = readOnce32(page.flagsAt);
  if ((flags & PG_REFERENCED) == 0) {
    atomicOr32(page.flagsAt, PG_REFERENCED);
    return;
  }
  if ((flags & (PG_ACTIVE | PG_UNEVICTABLE)) != 0) return;
  if ((flags & PG_LRU) != 0) queue(page, ACTIVATE);
  else activateUnlisted(page);
  atomicAnd32(page.flagsAt, ~PG_REFERENCED);
}

/** Makes an active page inactive, so that reclaim meets it soon. The caller holds a reference. */
export function folioDeactivate(page: Page): void {
  if ((readOnce32(page.flagsAt) & (PG_ACTIVE | PG_UNEVICTABLE)) == PG_ACTIVE) queue(page, DEACTIVATE);
}

/** Lets reclaim drop the page instead of writing it. The caller holds a reference. */
export function folioMarkLazyfree(page: Page): void {
  if ((readOnce32(page.flagsAt) & (PG_SWAPBACKED | PG_UNEVICTABLE)) == PG_SWAPBACKED) queue(page, LAZYFREE);
}

function queue(page: Page, change: u32): void {
  const cpu = thisCpu();
  if (cpu.lruMoves == LRU_BATCH) lruMovesDrain(cpu);
  refInc(page.refcountAt);
  cpu.setMove(cpu.lruMoves, changetype<u32>(page) | change);
  cpu.lruMoves++;
}

/**
 * Makes a page active that is on no list, if it is in this CPU's batch of new pages. A page in another CPU's batch, or
 * isolated, stays inactive.
 */
function activateUnlisted(page: Page): void {
  const cpu = thisCpu();
  for (let i = cpu.lruBatch; i != 0; i--) {
    if (cpu.batchPage(i - 1) != changetype<u32>(page)) continue;
    atomicOr32(page.flagsAt, PG_ACTIVE);
    return;
  }
}

/**
 * Moves the pages in a CPU's batch: its own batch, or that of a CPU that stands still. The caller holds no lock inside
 * the LRU lock.
 */
export function lruMovesDrain(cpu: Cpu): void {
  const count = cpu.lruMoves;
  if (count == 0) return;
  cpu.lruMoves = 0;
  let locked: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.move(i) & ~CHANGE_MASK);
    const flags = readOnce32(page.flagsAt);
    if ((flags & PG_LRU) == 0) continue; // another CPU has isolated it and decides
    const lruvec = lruvecOfFlags(flags);
    if (locked != changetype<u32>(lruvec)) {
      if (locked != 0) spinUnlock(changetype<Lruvec>(locked).lockAt);
      locked = changetype<u32>(lruvec);
      spinLock(lruvec.lockAt, LOCK_LRU);
    }
    moveLocked(page, lruvec, cpu.move(i) & CHANGE_MASK);
  }
  if (locked != 0) spinUnlock(changetype<Lruvec>(locked).lockAt);
  for (let i: u32 = 0; i < count; i++) putPage(changetype<Page>(cpu.move(i) & ~CHANGE_MASK));
}

/** Moves one page if it is still on a list of `lruvec`, whose lock is held, and the change still makes sense. */
function moveLocked(page: Page, lruvec: Lruvec, change: u32): void {
  const flags = readOnce32(page.flagsAt);
  if ((flags & PG_LRU) == 0 || (flags & PG_UNEVICTABLE) != 0 || lruvecOfFlags(flags) !== lruvec) return;
  if (((flags & PG_ACTIVE) != 0) == (change == ACTIVATE) && change != LAZYFREE) return;
  if (change == LAZYFREE && !mayBeDropped(page, flags)) return;
  const from = listOfFlags(flags);
  listDel(lruvec.headAt(from), lruvec.tailAt(from), page);
  addCount(lruvec, from, -1);
  // The page stays marked as on a list. Whoever wants to take it off waits for the lock.
  const keep = change == LAZYFREE ? ~(PG_SWAPBACKED | PG_ACTIVE | PG_REFERENCED) : ~(PG_ACTIVE | PG_REFERENCED);
  const now =
    change == ACTIVATE ? atomicOr32(page.flagsAt, PG_ACTIVE) | PG_ACTIVE : atomicAnd32(page.flagsAt, keep) & keep;
  const to = listOfFlags(now);
  listAdd(lruvec.headAt(to), lruvec.tailAt(to), page);
  addCount(lruvec, to, 1);
}

/** Whether the page is still anonymous, not in swap, and neither written nor merged since it was queued. */
@inline
function mayBeDropped(page: Page, flags: u32): bool {
  const unsaved = (flags & (PG_SWAPBACKED | PG_SWAPCACHE | PG_DIRTY)) == PG_SWAPBACKED;
  return unsaved && mappingIsAnonVma(readOnce32(page.mappingAt));
}
