/**
 * From a page to its anon_vma, with a second test whether the page is mapped, below the lock.
 *
 * Nick Piggin, 21 October 2008 04:33. Nothing was broken without it: a caller that got a stranger's anon_vma finds
 * nothing there. With it the caller always gets the page's own: a VMA's pages are unmapped before it leaves the list,
 * and leaving takes the lock. Hugh Dickins would have preferred a comment, and agreed. Linux did not merge it. The same
 * test came in 2010 for another reason (Linux f18194275c39).
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
  checkFound(page, anonVma);
  return found;
}
