/**
 * From a page to its anon_vma, as it was in Linux 3.0-rc1: after the trylock it looks at the count, not the page.
 *
 * The reasoning was: "If we still have a refcount the anon_vma cannot have been freed". But it may have been freed
 * and allocated again, and anon_vma_alloc sets the count to one. By then `anon_vma->root` was another, so the mutex
 * stayed locked, and the kernel build hung. Hugh Dickins's fix saves the root in a local and asks page_mapped().
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ROOT_READ, LOCK_ANON_VMA } from "../layout";
import { mustBeAnonVma, mustBeLiveFor } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { refDecAndTest, refIncNotZero } from "../sync/refcount";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { putAnonVma, putAnonVmaLast } from "./anon_vma";

/**
 * The page's anon_vma with its root locked for reading, or 0. The caller runs inside an operation
 * (an RCU section), holds a reference to the page, and the page's lock.
 *
 * The object may be freed and reused at any moment until the lock is held; only its type is
 * certain. Mapped (1): so the object's page was not given back before this RCU section began.
 * With the lock held the count is asked instead of the page.
 *
 * With `wait` false a root that a writer holds is not waited for: ANON_VMA_BUSY then.
 */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0; // (1)
  const anonVma = changetype<AnonVma>(found);
  mustBeAnonVma(found);
  const root = changetype<AnonVma>(readOnce32(anonVma.rootAt));
  delayPoint(DELAY_ROOT_READ);
  if (readTrylock(root.rwsemAt, LOCK_ANON_VMA)) {
    // Alive: taken for a proof that it is the same one.
    if (readOnce32(anonVma.refcountAt) != 0) return found;
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
