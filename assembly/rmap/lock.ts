/** Finds and locks a page's anon_vma, while others unmap, fork and exit. */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND, LOCK_ANON_VMA, MAPPING_ANON } from "../layout";
import { mustBeAnonVma, mustBeLiveFor } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { mappingIsAnonVma, Page } from "../obj/page";
import { refDecAndTest, refIncNotZero } from "../sync/refcount";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { putAnonVma, putAnonVmaLast } from "./anon_vma";

/** Whether any entry maps the page at this moment. */
@inline
export function pageMapped(page: Page): bool {
  return readOnce32(page.mapcountAt) != 0;
}

/** The anon_vma that a mapping word names, or 0 if it names none. */
@inline
export function anonVmaOfMapping(mapping: u32): u32 {
  return mappingIsAnonVma(mapping) ? mapping - MAPPING_ANON : 0;
}

/** Not an anon_vma: a writer holds its lock. */
export const ANON_VMA_BUSY: u32 = 1;

/**
 * The page's anon_vma with its root locked for reading, or 0. The caller runs inside an operation (an RCU section), and
 * holds a reference to the page and the page's lock.
 *
 * Until the lock is held, the object may be freed and reused at any moment. Only its type is certain. If the page is
 * mapped at (1), the object's own page was not given back before this RCU section began. If it is mapped at (2), with
 * the lock held, the object is still the page's anon_vma, and stays it. It may be an ancestor of the anon_vma to which
 * the page has moved meanwhile. That is less exact but never wrong: every VMA that maps the page is linked to the
 * ancestors as well (Linux 2011).
 *
 * The lock is a full barrier between it and the look at (2). Pairs with anonVmaFree in rmap/anon_vma.ts. With `wait`
 * false this does not wait for a root that a writer holds, and returns ANON_VMA_BUSY.
 */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0; // (1)
  const anonVma = changetype<AnonVma>(found);
  delayPoint(DELAY_ANON_VMA_FOUND);
  mustBeAnonVma(found);
  // The root is read once. A reuse may change it, and what is locked must be what is unlocked.
  const root = changetype<AnonVma>(readOnce32(anonVma.rootAt));
  if (readTrylock(root.rwsemAt, LOCK_ANON_VMA)) {
    if (pageMapped(page)) {
      mustBeLiveFor(page, found);
      return found; // (2)
    }
    readUnlock(root.rwsemAt);
    return 0;
  }
  if (!wait) return ANON_VMA_BUSY;
  // Sleeping needs a pin. With it the object cannot be reused. Pairs with anonVmaAlloc in rmap/anon_vma.ts.
  if (!refIncNotZero(anonVma.refcountAt)) return 0;
  if (!pageMapped(page)) {
    putAnonVma(anonVma);
    return 0;
  }
  readLock(changetype<AnonVma>(readOnce32(anonVma.rootAt)).rwsemAt, LOCK_ANON_VMA);
  if (refDecAndTest(anonVma.refcountAt)) {
    // The pin was the last, so nothing is mapped any more. Freeing takes the lock, so it is released first.
    readUnlock(changetype<AnonVma>(anonVma.root).rwsemAt);
    putAnonVmaLast(anonVma);
    return 0;
  }
  mustBeLiveFor(page, found);
  return found;
}

/**
 * The page's anon_vma, pinned, or 0. It stays alive after the page is unmapped. The page is locked. As in
 * folioLockAnonVmaRead, the second look at the mapping proves that it was the right one.
 */
export function folioGetAnonVma(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  mustBeAnonVma(found);
  if (!refIncNotZero(anonVma.refcountAt)) return 0;
  if (pageMapped(page)) {
    mustBeLiveFor(page, found);
    return found;
  }
  putAnonVma(anonVma);
  return 0;
}

/** Releases what folioLockAnonVmaRead locked. */
export function folioUnlockAnonVmaRead(anonVma: AnonVma): void {
  readUnlock(changetype<AnonVma>(anonVma.root).rwsemAt);
}
