/**
 * From a page to its anon_vma, with a second test whether the page is mapped. A BUG_ON behind it asserts that the page
 * still has the mapping that was read first.
 *
 * Nick Piggin's patches of 18 October 2008 05:20 and of 21 October had this assertion. It holds in 2008: a family has
 * one anon_vma, and a page keeps it for life. Since 2010 a page with one owner left moves to a younger anon_vma, and
 * the assertion is wrong (discussion of May 2011).
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND, PANIC_I8 } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** The page's anon_vma, locked, or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const mapping = readOnce32(page.mappingAt);
  const found = anonVmaOfMapping(mapping);
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  if (!pageMapped(page)) {
    anonVmaUnlock(anonVma);
    return 0;
  }
  bugUnless(mapping == readOnce32(page.mappingAt), PANIC_I8, changetype<u32>(page), found);
  return found;
}
