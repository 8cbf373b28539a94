/** The LRU lists: one set for each CPU, each set with a lock. A page's flags say which set it is on. */

import { readOnce32, readOnce64, writeOnce32 } from "../arch/access";
import { bugUnless, CHECKED } from "../arch/check";
import { ctl } from "../arch/cpu";
import { atomicAddPair, atomicAnd32, atomicOr32, cmpxchg64 } from "../arch/rmw";
import {
  LOCK_LRU,
  LRU_UNEVICTABLE,
  PANIC_BAD_PAGE,
  PANIC_REFCOUNT,
  PG_ACTIVE,
  PG_LRU,
  PG_LRUVEC_MASK,
  PG_LRUVEC_SHIFT,
  PG_SWAPBACKED,
  PG_UNEVICTABLE,
} from "../layout";
import { listAdd, listDel } from "../lib/list";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** The bits of a page's flags that are set only while it is on a list. */
const ON_LIST: u32 = PG_LRU | (PG_LRUVEC_MASK << PG_LRUVEC_SHIFT);
/** One more reference, in the pair of flags and count. */
const ONE_REFERENCE: u64 = 1 << 32;
/** Not a list: no list has this number. */
export const NO_LIST: u32 = 0xffff_ffff;

/** The lists of CPU `number`. */
@inline
export function lruvecOf(number: u32): Lruvec {
  return changetype<Lruvec>(ctl().lruvecBase + number * offsetof<Lruvec>());
}

/** The lists that a page with these flags is on. */
@inline
export function lruvecOfFlags(flags: u32): Lruvec {
  return lruvecOf((flags >> PG_LRUVEC_SHIFT) & PG_LRUVEC_MASK);
}

/** Which list a page with these flags is on. */
@inline
export function listOfFlags(flags: u32): u32 {
  if ((flags & PG_UNEVICTABLE) != 0) return LRU_UNEVICTABLE;
  return ((flags & PG_SWAPBACKED) != 0 ? 0 : 2) + ((flags & PG_ACTIVE) != 0 ? 1 : 0);
}

/** Changes the length of a list. The lock is held. RACE: reclaim asks without it how much there is to scan. */
@inline
export function addCount(lruvec: Lruvec, list: u32, by: i32): void {
  writeOnce32(lruvec.countAt(list), lruvec.count(list) + by);
}

/** Takes a page that has no references left off its list, if it is on one. */
@inline
export function lruDel(page: Page): void {
  if ((readOnce32(page.flagsAt) & PG_LRU) == 0) return;
  const lruvec = lruvecOfFlags(readOnce32(page.flagsAt));
  spinLock(lruvec.lockAt, LOCK_LRU);
  lruDelFreeLocked(page, lruvec);
  spinUnlock(lruvec.lockAt);
}

/**
 * As lruDel for a page of `lruvec`, whose lock is held. A page without references has no other user, so the flags
 * change without an atomic operation.
 */
@inline
export function lruDelFreeLocked(page: Page, lruvec: Lruvec): void {
  const flags = readOnce32(page.flagsAt);
  const list = listOfFlags(flags);
  listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
  addCount(lruvec, list, -1);
  // RACE: who looks at every frame (reclaim/idle.ts) may read the flags meanwhile. It takes a reference before it acts.
  writeOnce32(page.flagsAt, flags & ~ON_LIST);
}

/** Takes a page to which others may hold references off the lists of `lruvec`, whose lock is held. */
@inline
export function lruDelLocked(page: Page, lruvec: Lruvec): void {
  const list = listOfFlags(readOnce32(page.flagsAt));
  listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
  addCount(lruvec, list, -1);
  atomicAnd32(page.flagsAt, ~ON_LIST);
}

/** Puts a page that is on no list at the warm end of the list that its flags name. The lock of `lruvec` is held. */
@inline
export function lruAddLocked(page: Page, lruvec: Lruvec): void {
  const list = listOfFlags(atomicOr32(page.flagsAt, onListBits(lruvec)));
  listAdd(lruvec.headAt(list), lruvec.tailAt(list), page);
  addCount(lruvec, list, 1);
}

/**
 * Marks a page that is on no list as being on the list that its flags name, and drops the caller's reference, in one
 * step. The lock of `lruvec` is held. Returns the list; the caller links the page before it drops the lock. NO_LIST:
 * the caller's reference was the last, the page is on no list, and the caller frees it.
 *
 * The single step matters: whoever drops the last reference afterwards finds the mark and waits for the lock. Pairs
 * with putPage in lru/release.ts, which drops the reference and then reads the flags.
 */
@inline
export function lruEnterLocked(page: Page, lruvec: Lruvec): u32 {
  const before = atomicAddPair(page.flagsAt, onListBits(lruvec), -1);
  if (CHECKED) {
    bugUnless(<i32>(before >> 32) > 0, PANIC_REFCOUNT, changetype<u32>(page), <u32>(before >> 32));
    bugUnless(((<u32>before) & ON_LIST) == 0, PANIC_BAD_PAGE, changetype<u32>(page), <u32>before);
  }
  return <u32>(before >> 32) == 1 ? NO_LIST : listOfFlags(<u32>before);
}

/**
 * Puts `count` linked pages in front of a list. `first` is the first of them, and the last one already points to the
 * list's old first page.
 */
@inline
export function lruPushLocked(lruvec: Lruvec, list: u32, first: u32, count: u32): void {
  lruvec.setHead(list, first);
  addCount(lruvec, list, count);
}

/** Links a page before `first`, which is 0 if `list` is empty. lruPushLocked makes it the head. */
@inline
export function lruLinkLocked(page: Page, lruvec: Lruvec, list: u32, first: u32): void {
  page.prev = 0;
  page.next = first;
  if (first != 0) changetype<Page>(first).prev = changetype<u32>(page);
  else lruvec.setTail(list, changetype<u32>(page));
}

/**
 * Takes a page off `list` with a reference for the caller, in one step. The lock of `lruvec` is held. False: another
 * CPU is freeing the page and waits for the lock to take it off.
 */
@inline
export function lruDelGetLocked(page: Page, lruvec: Lruvec, list: u32): bool {
  let seen = readOnce64(page.flagsAt);
  while (true) {
    if (seen >> 32 == 0) return false;
    const found = cmpxchg64(page.flagsAt, seen, seen + ONE_REFERENCE - <u64>onListBits(lruvec));
    if (found == seen) break;
    seen = found;
  }
  listDel(lruvec.headAt(list), lruvec.tailAt(list), page);
  addCount(lruvec, list, -1);
  return true;
}

/** The bits that are set in the flags of a page on the lists of `lruvec`, and clear in those of a page on no list. */
@inline
function onListBits(lruvec: Lruvec): u32 {
  return PG_LRU | (lruvec.number << PG_LRUVEC_SHIFT);
}
