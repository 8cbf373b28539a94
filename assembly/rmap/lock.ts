/** From a page to its anon_vma, locked, while others unmap, fork and exit. */

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

/** The anon_vma that a mapping word names, or 0 when it is not an anonymous page's. */
@inline
export function anonVmaOfMapping(mapping: u32): u32 {
  return mappingIsAnonVma(mapping) ? mapping - MAPPING_ANON : 0;
}

/** No anon_vma: its lock is held by a writer. */
export const ANON_VMA_BUSY: u32 = 1;

/**
 * The page's anon_vma with its root locked for reading, or 0. The caller runs inside an operation
 * (an RCU section), holds a reference to the page, and the page's lock.
 *
 * The object may be freed and reused at any moment until the lock is held; only its type is
 * certain. Mapped (1): so the object's page was not given back before this RCU section began.
 * Mapped (2), with the lock held: so it is still the page's anon_vma, and stays it. The anon_vma
 * may be an ancestor of the one that the page was moved to meanwhile: less exact, never wrong,
 * since every VMA that maps the page is linked to the ancestors as well (Linux 2011).
 *
 * With `wait` false a root that a writer holds is not waited for: ANON_VMA_BUSY then.
 */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0; // (1)
  const anonVma = changetype<AnonVma>(found);
  delayPoint(DELAY_ANON_VMA_FOUND);
  mustBeAnonVma(found);
  // The root is read once: after a reuse it may change, and what is locked must be what is unlocked.
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
  // Sleeping needs a pin: then the object cannot be reused.
  if (!refIncNotZero(anonVma.refcountAt)) return 0;
  if (!pageMapped(page)) {
    putAnonVma(anonVma);
    return 0;
  }
  readLock(changetype<AnonVma>(readOnce32(anonVma.rootAt)).rwsemAt, LOCK_ANON_VMA);
  if (refDecAndTest(anonVma.refcountAt)) {
    // The pin was the last: nothing is mapped any more. Freeing wants the lock.
    readUnlock(changetype<AnonVma>(anonVma.root).rwsemAt);
    putAnonVmaLast(anonVma);
    return 0;
  }
  mustBeLiveFor(page, found);
  return found;
}

/**
 * The page's anon_vma, pinned, or 0: it stays alive after the page is unmapped. The page is locked.
 * As in folioLockAnonVmaRead the second look at the mapping tells that it was the right one.
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
