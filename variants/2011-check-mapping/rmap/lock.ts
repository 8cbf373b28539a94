/**
 * From a page to its anon_vma, 2011: with the check of 2008 that the page's mapping did not change while its anon_vma
 * was locked.
 *
 * On 21 October 2008 Nick Piggin put a VM_BUG_ON behind the second look at the mapping count: a page that is still
 * mapped has the same mapping as before. In 2008 that held, since a page kept its anon_vma for as long as it was
 * mapped (2008-check-mapping). Since pages move to a child's anon_vma at a store, it does not, and the check itself is
 * the bug.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { LOCK_ANON_VMA, MAPPING_ANON, MAPPING_KSM, PANIC_I8 } from "../layout";
import { mustBeAnonVma, mustBeLiveFor } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
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
  return (mapping & 3) == MAPPING_ANON ? mapping - MAPPING_ANON : 0;
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
  const found = lockOwner(page, wait);
  if (found > ANON_VMA_BUSY) {
    bugUnless(anonVmaOfMapping(readOnce32(page.mappingAt)) == found, PANIC_I8, changetype<u32>(page), found);
  }
  return found;
}

/** The anon_vma, locked. */
function lockOwner(page: Page, wait: bool): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0; // (1)
  const anonVma = changetype<AnonVma>(found);
  // The page may be moved to a child's anon_vma, or unmapped, and this object become another's.
  delayPoint(40);
  mustBeAnonVma(found);
  // The root is read once: after a reuse it may change, and what is locked must be what is unlocked.
  const root = changetype<AnonVma>(readOnce32(anonVma.rootAt));
  delayPoint(41);
  if (readTrylock(root.rwsemAt, LOCK_ANON_VMA)) {
    delayPoint(42);
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
