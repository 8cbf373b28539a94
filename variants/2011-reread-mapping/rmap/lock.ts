/**
 * From a page to its anon_vma, 2011: with a second look at the page's mapping word under the lock, and another turn
 * if it has changed.
 *
 * The 2008 thread tried such a test instead of the one whether the page is mapped. That is useless, since unmapping
 * does not clear the word. In 2011 a page can really move. Beside the other test, this one is a precaution that nothing
 * needs: expected clean.
 */

import { readOnce32 } from "../arch/access";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";

/** As in 2011-page-moved, as often as the page moves meanwhile. */
export function folioLockAnonVmaRead(page: Page, wait: bool): u32 {
  while (true) {
    const found = lockOwner(page, wait);
    // Moved meanwhile: the new owner is a more exact one.
    if (found <= ANON_VMA_BUSY || anonVmaOfMapping(readOnce32(page.mappingAt)) == found) return found;
    folioUnlockAnonVmaRead(changetype<AnonVma>(found));
  }
}
