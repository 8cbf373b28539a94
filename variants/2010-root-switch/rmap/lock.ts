/**
 * From a page to its anon_vma, as it was in the summer of 2010: page_lock_anon_vma() of Linux 2.6.36-rc.
 *
 * The lock had just moved from the anon_vma to its root, and the function read `anon_vma->root` where it locked, and
 * once more where it unlocked. In between, the object may become another VMA's, under another root. Hugh Dickins's
 * fix (f18194275c39) looks once more whether the page is mapped.
 *
 * The window is between the read of the root and the lock: the page must be unmapped, its anon_vma freed, and a fork
 * must get the same object, all in that time.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ROOT_READ, LOCK_ANON_VMA } from "../layout";
import { mustBeAnonVma } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { readLock, readTrylock } from "../sync/rwsem";

/**
 * The page's anon_vma with its root locked for reading, or 0. The caller runs inside an operation
 * (an RCU section), holds a reference to the page, and the page's lock.
 *
 * The object may be freed and reused at any moment until the lock is held; only its type is
 * certain. Mapped (1): so the object's page was not given back before this RCU section began.
 * There is no test (2) with the lock held.
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
  if (wait) readLock(root.rwsemAt, LOCK_ANON_VMA);
  else if (!readTrylock(root.rwsemAt, LOCK_ANON_VMA)) return ANON_VMA_BUSY;
  return found;
}
