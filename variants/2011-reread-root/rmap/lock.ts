/**
 * From a page to its anon_vma. Mutant of 2011: on the way out the root is read a second time.
 *
 * Until the page is seen mapped under the lock the object may be freed and reused; its root changes with it. A CPU
 * must unlock what it locked, so it reads the root once (Linux eee0f252c653: "page_lock_anon_vma: save the
 * root in a local"). Here the fail path reads it again.
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

/** As in 2011-page-moved, but for the way out. */
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
    // The mutant: whatever the root is by now.
    readUnlock(changetype<AnonVma>(readOnce32(anonVma.rootAt)).rwsemAt);
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
