/**
 * From a page to its anon_vma: the test whether the page is mapped stands below the lock instead of above it.
 *
 * Nick Piggin proposed the move on 19 October 2008, 03:03: it costs no extra branch, and it would prove that the
 * anon_vma is the page's. Hugh Dickins at 07:07: "That should be OK, yes." On 20 October, 03:26: "Arrgh! What terrible
 * advice I gave you there". A page keeps its mapping word when it is unmapped. If that happened before this RCU section
 * began, the anon_vma may be free and its slab page given back. The lock word is then a word in something else. Only a
 * page that is still mapped inside the section proves that there is a lock to take.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** An anon_vma, locked, that is the page's unless the page was unmapped meanwhile; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0) return 0;
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
