/**
 * From a page to its anon_vma: a test behind the lock should weed out an anon_vma that was reused. When it does, this
 * code forgets to unlock.
 *
 * From Nick Piggin's patch of 18 October 2008 02:25. Linus Torvalds, 02:53: "there's the brown-paper-bag-reason why
 * it's wrong: you need to unlock in this case". Besides, that lock does not protect the mapping. Nick himself, 02:35:
 * the test is wrong too. A page's mapping stays until the page is freed, so the test should ask whether the page is
 * mapped. Only a CPU without a reference to the page meets the slip: for it the page may be freed and become another.
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
