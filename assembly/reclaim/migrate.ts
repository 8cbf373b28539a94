/** Moves a page to another frame while others fault. Compaction uses it. */

import { readOnce32, storeRelease32, writeOnce32, writeLocked64 } from "../arch/access";
import { atomicAdd32, atomicAnd32, cmpxchg32 } from "../arch/rmw";
import { thisCpu } from "../arch/cpu";
import {
  LOCK_I_PAGES,
  LOCK_SWAP,
  PG_ACTIVE,
  PG_DIRTY,
  PG_REFERENCED,
  PG_SWAPBACKED,
  PG_SWAPCACHE,
  PG_UPTODATE,
} from "../layout";
import { radixReplace } from "../file/radix";
import { lruAdd } from "../lru/add";
import { makeEvictable } from "../lru/evictable";
import { putPage } from "../lru/release";
import { contentCopy } from "../mem/content";
import { frameCancel } from "../mem/frame";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { putAnonVma } from "../rmap/anon_vma";
import { tryToUnmapFlush } from "../pt/flush";
import { folioGetAnonVma, pageMapped } from "../rmap/lock";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { removeMigrationPtes, tryToMigrate } from "../rmap/migrate";
import { pageLock, pageTrylock, pageUnlock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { setCached, swapArea } from "../swap/area";
import { isolatePage, putbackPage } from "./isolate";
import { lruvecOf } from "../lru/list";

/**
 * Moves `page`, to which the caller holds a reference, to `target`. `target` is a frame with two references that nobody
 * else knows; it is used up in any case. False: the page stays, because another CPU is busy with it. No process loses
 * the page meanwhile: a fault that meets a migration entry waits for the page lock.
 */
export function migratePage(page: Page, target: Page): bool {
  if (!isolatePage(page)) {
    frameCancel(target, 2);
    return false;
  }
  pageLock(page);
  const moved = !pageKsm(page) && moveLocked(page, target);
  if (!moved) frameCancel(target, 2);
  pageUnlock(page);
  // A mapping that unlocks its range meanwhile does not find the page on a list. Reclaim marks the page again if
  // another mapping locks it.
  if (!moved) makeEvictable(page);
  if (moved)
    putPage(page); // the isolation's reference; the caller's is the last
  else putbackPage(page, lruvecOf(thisCpu().number));
  return moved;
}

/**
 * Moves the locked page `old` to `page`. The isolation and the caller hold references to `old`. The references to
 * `page` are the caller's and the LRU batch's.
 */
function moveLocked(old: Page, page: Page): bool {
  const anon = pageAnon(old);
  const owner = anon ? folioGetAnonVma(old) : 0;
  if (anon && owner == 0) return false; // not mapped: the page is only in the swap cache
  pageTrylock(page); // nobody knows the page yet, so this succeeds
  if (pageMapped(old)) tryToMigrate(old);
  tryToUnmapFlush(); // from here on nobody writes to the old page
  const moved = !pageMapped(old) && takeOver(old, page);
  removeMigrationPtes(old, moved ? page : old, owner);
  pageUnlock(page);
  if (moved) {
    lruAdd(page);
    putPage(page); // from now on only its entries and its cache hold the page
  }
  if (owner != 0) putAnonVma(changetype<AnonVma>(owner));
  return moved;
}

/**
 * Gives `page` all that `old` has: owner, offset, flags, content, and place in a cache. False: someone else holds a
 * reference to `old`.
 */
function takeOver(old: Page, page: Page): bool {
  const flags = readOnce32(old.flagsAt);
  // RACE: nobody knows the page yet, but who looks at every frame may read both.
  writeLocked64(page.indexAt, old.index);
  const kept = flags & (PG_ACTIVE | PG_REFERENCED | PG_DIRTY | PG_SWAPBACKED | PG_UPTODATE);
  writeOnce32(page.flagsAt, readOnce32(page.flagsAt) | kept);
  contentCopy(page, old);
  if ((flags & PG_SWAPCACHE) != 0) return takeOverSwap(old, page);
  if (!pageAnon(old)) return takeOverFile(old, page);
  // Only the isolation and the caller hold references.
  if (readOnce32(old.refcountAt) != 2) return false;
  // Release: who reads this word sees the offset, flags and content. Pairs with isMade in reclaim/made.ts.
  storeRelease32(page.mappingAt, old.mapping);
  writeOnce32(old.mappingAt, 0);
  return true;
}

function takeOverSwap(old: Page, page: Page): bool {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  const ok = cmpxchg32(old.refcountAt, 3, 2) == 3;
  if (ok) {
    page.priv = old.priv;
    writeOnce32(page.flagsAt, readOnce32(page.flagsAt) | PG_SWAPCACHE);
    // Release: who reads this word sees the offset, flags and content. Pairs with isMade in reclaim/made.ts.
    storeRelease32(page.mappingAt, old.mapping);
    atomicAdd32(page.refcountAt, 1); // the cache's; another CPU may hold one as well while it looks at the frame
    setCached(page.priv, changetype<u32>(page));
    atomicAnd32(old.flagsAt, ~PG_SWAPCACHE);
    writeOnce32(old.mappingAt, 0);
  }
  spinUnlock(swap.lockAt);
  return ok;
}

function takeOverFile(old: Page, page: Page): bool {
  if (old.mapping == 0) return false; // truncated
  const file = changetype<AddressSpace>(old.mapping);
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  // Freezes the count: a lookup without the lock takes no reference to the old page while the new one takes its place.
  // Pairs with refIncNotZero in fileFindGet, in file/cache.ts.
  const ok = cmpxchg32(old.refcountAt, 3, 0) == 3;
  if (ok) {
    // Release: who reads this word sees the offset, flags and content. Pairs with isMade in reclaim/made.ts and
    // fileFindGet in file/cache.ts.
    storeRelease32(page.mappingAt, old.mapping);
    page.priv = old.priv; // its block
    atomicAdd32(page.refcountAt, 1); // the cache's; another CPU may hold one as well while it looks at the frame
    radixReplace(file, page.index, changetype<u32>(page));
    writeOnce32(old.mappingAt, 0);
    // Thaws the count: who takes a reference from here on sees that the page has no owner. Pairs with fileFindGet in
    // file/cache.ts.
    storeRelease32(old.refcountAt, 2);
  }
  spinUnlock(file.iPagesAt);
  return ok;
}
