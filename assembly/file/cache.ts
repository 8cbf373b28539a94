/** The page cache: a file's pages by offset. The cache holds one reference of each page. */

import { readOnce32, storeRelease32, writeOnce32 } from "../arch/access";
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
 * RACE: the page may leave the cache, be freed, even become another file's, between the lookup and
 * the reference. What it says after the reference is taken cannot change any more.
 */
export function fileFindGet(file: AddressSpace, index: u64): u32 {
  const found = radixLookup(file, index);
  if (found == 0 || isBlock(found)) return 0;
  const page = changetype<Page>(found);
  if (refIncNotZero(page.refcountAt)) {
    if (readOnce32(page.mappingAt) == changetype<u32>(file) && page.index == index && radixLookup(file, index) == found) return found;
    putPage(page);
  }
  return findGetLocked(file, index);
}

/** The same under the lock: who is taking the page away, or moving it, has it, and is waited for. */
function findGetLocked(file: AddressSpace, index: u64): u32 {
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  let found = radixLookup(file, index);
  if (isBlock(found)) found = 0;
  if (found != 0) refInc(changetype<Page>(found).refcountAt); // the cache has a reference of its own
  spinUnlock(file.iPagesAt);
  return found;
}

/** The page at `index` with a reference for the caller; read into the cache if it lacks: from its block, or as zeros. 0: no memory. */
export function fileGetPage(file: AddressSpace, index: u64): u32 {
  const found = fileFindGet(file, index);
  if (found != 0) return found;
  const at = frameAlloc(3); // the cache's, the LRU batch's, the caller's
  if (at == 0) return 0;
  const page = changetype<Page>(at);
  contentZero(page);
  page.index = index;
  page.priv = 0;
  page.flags = PG_UPTODATE;
  storeRelease32(page.mappingAt, changetype<u32>(file));
  spinLock(file.iPagesAt, LOCK_I_PAGES);
  // Someone else may have read it in meanwhile; under the lock it cannot leave the cache.
  const there = radixLookup(file, index);
  let ok = true;
  if (there == 0) {
    ok = radixInsert(file, index, at);
  } else if (isBlock(there)) {
    // Under the lock: nobody can bring the page in, change it and write it back meanwhile.
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

/** Takes a locked page out of the cache; where it has a block, the block stands in its place. The iPages lock is held. */
export function cacheRemoveLocked(file: AddressSpace, page: Page): void {
  if (page.priv != 0) radixReplace(file, page.index, page.priv);
  else radixDelete(file, page.index);
  file.cached--;
}

/** The first page of the cache with a reference, or 0. Blocks that stand before it are given back. */
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

/** Drops all pages of a file that nobody maps. A page that someone still holds has no owner any more. */
export function fileTruncate(file: AddressSpace): void {
  while (true) {
    const found = firstPageGet(file);
    if (found == 0) return;
    const page = changetype<Page>(found);
    // A reverse-map walk relies on the page lock: meanwhile the page keeps its file.
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
