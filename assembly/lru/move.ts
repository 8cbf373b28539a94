/**
 * Moving pages from one LRU list to another: as in add.ts through a batch at each CPU, so that a list's lock is taken once
 * for many pages. A page in the batch stays on its list until the batch is drained, held by a reference of the batch's.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import {
  LOCK_LRU, LRU_BATCH, PG_ACTIVE, PG_DIRTY, PG_LRU, PG_REFERENCED, PG_SWAPBACKED, PG_SWAPCACHE,
  PG_UNEVICTABLE,
} from "../layout";
import { listAdd, listDel } from "../lib/list";
import { Cpu } from "../obj/cpu";
import { Lruvec } from "../obj/lruvec";
import { mappingIsAnonVma, Page } from "../obj/page";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { listOfFlags, lruvecOfFlags } from "./list";
import { putPage } from "./release";

/** What is to become of a page; in the low bits of its address in the batch. */
const ACTIVATE: u32 = 0;
const DEACTIVATE: u32 = 1;
const LAZYFREE: u32 = 2;
const CHANGE_MASK: u32 = 3;

/**
 * A page of a file was used: the first time it is remembered, the second time the page becomes active. The caller holds
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

/** An active page is to be old before its time. The caller holds a reference. */
export function folioDeactivate(page: Page): void {
  if ((readOnce32(page.flagsAt) & (PG_ACTIVE | PG_UNEVICTABLE)) == PG_ACTIVE) queue(page, DEACTIVATE);
}

/** Reclaim may drop the page of memory instead of writing it. The caller holds a reference. */
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

/** A page in this CPU's batch of new pages enters the active list right away. In another CPU's, or isolated, it stays what it is. */
function activateUnlisted(page: Page): void {
  const cpu = thisCpu();
  for (let i = cpu.lruBatch; i != 0; i--) {
    if (cpu.batchPage(i - 1) != changetype<u32>(page)) continue;
    atomicOr32(page.flagsAt, PG_ACTIVE);
    return;
  }
}

/** Moves what stands in a CPU's batch. Its own, or that of one that stands still. No lock that stands inside the LRU lock is held. */
export function lruMovesDrain(cpu: Cpu): void {
  const count = cpu.lruMoves;
  if (count == 0) return;
  cpu.lruMoves = 0;
  let locked: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const page = changetype<Page>(cpu.move(i) & ~CHANGE_MASK);
    const flags = readOnce32(page.flagsAt);
    if ((flags & PG_LRU) == 0) continue; // isolated: who has it decides
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

/** Moves one page if it still is on a list of `lruvec`, whose lock is held, and the change still makes sense. */
function moveLocked(page: Page, lruvec: Lruvec, change: u32): void {
  const flags = readOnce32(page.flagsAt);
  if ((flags & PG_LRU) == 0 || (flags & PG_UNEVICTABLE) != 0 || lruvecOfFlags(flags) !== lruvec) return;
  if (((flags & PG_ACTIVE) != 0) == (change == ACTIVATE) && change != LAZYFREE) return;
  if (change == LAZYFREE && !mayBeDropped(page, flags)) return;
  const from = listOfFlags(flags);
  listDel(lruvec.headAt(from), lruvec.tailAt(from), page);
  lruvec.addCount(from, -1);
  // It stays marked as one on a list: who wants it from there waits for the lock.
  const keep = change == LAZYFREE ? ~(PG_SWAPBACKED | PG_ACTIVE | PG_REFERENCED) : ~(PG_ACTIVE | PG_REFERENCED);
  const now = change == ACTIVATE ? atomicOr32(page.flagsAt, PG_ACTIVE) | PG_ACTIVE : atomicAnd32(page.flagsAt, keep) & keep;
  const to = listOfFlags(now);
  listAdd(lruvec.headAt(to), lruvec.tailAt(to), page);
  lruvec.addCount(to, 1);
}

/** Whether the page still is one of memory without a copy in swap, that was neither written nor merged since it was queued. */
@inline
function mayBeDropped(page: Page, flags: u32): bool {
  return (flags & (PG_SWAPBACKED | PG_SWAPCACHE | PG_DIRTY)) == PG_SWAPBACKED && mappingIsAnonVma(readOnce32(page.mappingAt));
}
