/**
 * From a page to its anon_vma, 2011: the look-up that may end with an anon_vma which the page has left, with its
 * windows held open.
 *
 * Peter Zijlstra asked why it does not explode when do_wp_page moves a page to another anon_vma between the look at
 * `mapping` and the lock. Hugh Dickins, 28 May 2011: the new one has the same root, so the lock is right; and the
 * old one is still on the chain of every VMA that maps the page, and is freed only when those are all gone. What is
 * returned is "less than optimal, but still valid". Expected clean; the mutants of `variants/2011-*` each drop one
 * condition of this argument.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_MAPPED_SEEN, DELAY_ROOT_LOCKED, DELAY_ROOT_READ, LOCK_ANON_VMA } from "../layout";
import { mustBeAnonVma, mustBeLiveFor } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { refDecAndTest, refIncNotZero } from "../sync/refcount";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { putAnonVma, putAnonVmaLast } from "./anon_vma";

/** The engine's in two parts, so that a variant over this one can replace either. */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  return lockOwner(page, wait);
}

/** The page's anon_vma with its root locked for reading, 0, or ANON_VMA_BUSY, as folioLockAnonVmaRead says. */
@inline
function lockOwner(page: Page, wait: bool): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0; // (1)
  const anonVma = changetype<AnonVma>(found);
  // The page may be moved to a child's anon_vma, or unmapped, and this object become another's.
  delayPoint(DELAY_MAPPED_SEEN);
  mustBeAnonVma(found);
  // The root is read once: after a reuse it may change, and what is locked must be what is unlocked.
  const root = changetype<AnonVma>(readOnce32(anonVma.rootAt));
  delayPoint(DELAY_ROOT_READ);
  if (readTrylock(root.rwsemAt, LOCK_ANON_VMA)) {
    delayPoint(DELAY_ROOT_LOCKED);
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
