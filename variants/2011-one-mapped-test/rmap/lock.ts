/**
 * From a page to its anon_vma. Mutant of 2011: nobody looks a second time whether the page is mapped.
 *
 * "The anon_vma lifetime rules will therefore ensure that any anon_vma obtained from the page will still be valid
 * for as long as we observe page_mapped() [ hence all those page_mapped() tests ]" says the comment that the thread
 * added. This is the function without the second of those tests, as it was until 2010.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_MAPPED_SEEN, DELAY_ROOT_READ, LOCK_ANON_VMA } from "../layout";
import { mustBeAnonVma, mustBeLiveFor } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { refDecAndTest, refIncNotZero } from "../sync/refcount";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { putAnonVma, putAnonVmaLast } from "./anon_vma";

/** As in 2011-page-moved, without the second look whether the page is mapped. */
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
  // The mutant: whoever's object it is by now.
  if (readTrylock(root.rwsemAt, LOCK_ANON_VMA)) return found;
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
