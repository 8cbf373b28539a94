/** The page cache holds a file's pages by offset, with one reference to each page. */

import { readOnce32, storeRelease32, writeOnce32, writeLocked64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { LOCK_I_PAGES, PG_UPTODATE } from "../layout";
import { blockGive, blockRead, isBlock } from "./blocks";
import { radixDelete, radixInsert, radixLookup, radixReplace, radixTakeBlock } from "./radix";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { contentZero } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { pageLock, pageUnlock } from "../sync/pagelock";
import { refInc, refIncNotZero } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * The cached page at `index` with a reference for the caller, or 0. Needs no lock.
 *
 * RACE: between the lookup and the reference the page may leave the cache, be freed, or become another file's. Once the
 * reference is taken, the page stays what it is, so its owner and offset are compared then.
 */
export function fileFindGet(file: AddressSpace, index: u64): u32 {
  const found = radixLookup(file, index);
  if (found == 0 || isBlock(found)) return 0;
  const page = changetype<Page>(found);
  if (refIncNotZero(page.refcountAt)) {
    const same = readOnce32(page.mappingAt) == changetype<u32>(file) && page.index == index;
    if (same && radixLookup(file, index) == found) return found;
    putPage(page);
  }
  return findGetLocked(file, index);
}

/**
 * The same under the lock. Another CPU that is removing or moving the page holds this lock, so this CPU waits for it.
 */
function findGetLocked(file: AddressSpace, index: u64): u32 {
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let found = radixLookup(file, index);
  if (isBlock(found)) found = 0;
  if (found != 0) refInc(changetype<Page>(found).refcountAt); // the cache's own reference keeps the count above 0
  spinUnlock(file.iPagesAt);
  return found;
}

/**
 * The page at `index` with a reference for the caller. A page that is not cached is read in: from its block, or as
 * zeros. 0: no memory.
 */
export function fileGetPage(file: AddressSpace, index: u64): u32 {
  const found = fileFindGet(file, index);
  if (found != 0) return found;
  const at = frameAlloc(3); // one reference each for the cache, the LRU batch and the caller
  if (at == 0) return 0;
  const page = changetype<Page>(at);
  contentZero(page);
  // RACE: who looks at every frame, or remembers the frame's former life, may read these before the release below.
  writeLocked64(page.indexAt, index);
  page.priv = 0;
  writeOnce32(page.flagsAt, PG_UPTODATE);
  // Release: who reads this word sees the offset, flags and content above. Pairs with fileFindGet in file/cache.ts and
  // isMade in reclaim/made.ts, which read it after they take a reference.
  storeRelease32(page.mappingAt, changetype<u32>(file));
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  // Another CPU may have read the page in meanwhile. Under the lock it cannot leave the cache.
  const there = radixLookup(file, index);
  let ok = true;
  if (there == 0) {
    ok = radixInsert(file, index, at);
  } else if (isBlock(there)) {
    // The lock keeps other CPUs from bringing the page in, changing it and writing it back meanwhile.
    page.priv = there;
    blockRead(page, there);
    radixReplace(file, index, at);
    thisCpu().statReadBack++;
  } else {
    refInc(changetype<Page>(there).refcountAt);
    ok = false;
  }
  if (ok) file.cached++;
  spinUnlock(file.iPagesAt);
  if (!ok) {
    frameCancel(page, 3);
    return there;
  }
  lruAdd(page);
  return at;
}

/**
 * Takes a locked page out of the cache. If it has a block, the block's item takes its place. The iPages lock is held.
 */
export function cacheRemoveLocked(file: AddressSpace, page: Page): void {
  if (page.priv != 0) radixReplace(file, page.index, page.priv);
  else radixDelete(file, page.index);
  file.cached--;
}

/** The first page of the cache with a reference, or 0. Gives back the blocks that stand before it. */
function firstPageGet(file: AddressSpace): u32 {
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let found: u32 = 0;
  while (true) {
    found = radixTakeBlock(file);
    if (found == 0 || !isBlock(found)) break;
    blockGive(found);
  }
  if (found != 0) refInc(changetype<Page>(found).refcountAt);
  spinUnlock(file.iPagesAt);
  return found;
}

/** Drops all pages of a file that nobody maps. A page to which another CPU still holds a reference loses its owner. */
export function fileTruncate(file: AddressSpace): void {
  while (true) {
    const found = firstPageGet(file);
    if (found == 0) return;
    const page = changetype<Page>(found);
    // The page keeps its file while it is locked: a reverse-map walk relies on that.
    pageLock(page);
    spinLock(file.iPagesAt, LOCK_I_PAGES);
    radixDelete(file, page.index);
    file.cached--;
    spinUnlock(file.iPagesAt);
    writeOnce32(page.mappingAt, 0);
    blockGive(page.priv);
    page.priv = 0;
    pageUnlock(page);
    putPage(page); // the cache's reference
    putPage(page);
  }
}
