/**
 * From a page to its anon_vma: a second test whether the page is mapped, below the lock, and then the RCU section ends.
 *
 * Both patches of 21 October 2008 (Nick Piggin, 04:33 and 04:34). A page that is mapped while the lock is held keeps
 * its anon_vma alive until the lock is released: unmapping comes before unlinking, and unlinking takes the lock. So the
 * look-up needs RCU no longer, and its sections stay short. The base, `2008-mapped-before-rcu`, ends them.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** The page's anon_vma, locked, or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  if (!pageMapped(page)) {
    anonVmaUnlock(anonVma);
    return 0;
  }
  rcuSectionEnds();
  checkFound(page, anonVma);
  return found;
}
