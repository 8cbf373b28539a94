/**
 * From a page to its anon_vma, 2011: with the check of 2008 that the page's mapping did not change while its anon_vma
 * was locked.
 *
 * On 21 October 2008 Nick Piggin put a VM_BUG_ON behind the second look at the mapping count: a page that is still
 * mapped has the same mapping as before. In 2008 that held, since a page kept its anon_vma for as long as it was
 * mapped (2008-check-mapping). Since pages move to a child's anon_vma at a store, it does not hold, and the check
 * itself is the bug.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { PANIC_I8 } from "../layout";
import { Page } from "../obj/page";

/** As in 2011-page-moved, with the check behind it. */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  const found = lockOwner(page, wait);
  if (found > ANON_VMA_BUSY) {
    bugUnless(anonVmaOfMapping(readOnce32(page.mappingAt)) == found, PANIC_I8, changetype<u32>(page), found);
  }
  return found;
}
