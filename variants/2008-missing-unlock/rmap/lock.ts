/**
 * From a page to its anon_vma: with a test behind the lock that should weed out an anon_vma which was reused, and that
 * forgets the lock when it fails.
 *
 * From Nick Piggin's patch of 18 October 2008 02:25. Linus Torvalds, 02:53: "there's the brown-paper-bag-reason why it's
 * wrong: you need to unlock in this case", and besides the mapping is not set under that lock. Nick himself, 02:35: it is
 * the wrong test as well, since a page's mapping stays until the page is freed; it should ask whether the page is mapped.
 * So the slip shows only to somebody who holds no reference to the page, for whom it may be freed and become another.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock } from "./anon_vma";

/** An anon_vma, locked, that is the page's unless the page was unmapped meanwhile; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const mapping = readOnce32(page.mappingAt);
  const found = anonVmaOfMapping(mapping);
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  if (mapping != readOnce32(page.mappingAt)) return 0; // and nobody unlocks
  checkFound(page, anonVma);
  return found;
}
