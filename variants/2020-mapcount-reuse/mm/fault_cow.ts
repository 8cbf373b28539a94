/**
 * A store to a page that is mapped read-only, as until Linux 5.7: a store takes over a page that one entry maps,
 * whoever else refers to it (CVE-2020-29374).
 *
 * "So the COW can break either way": the first writer gets the copy, unless nobody else maps the page any more.
 * But a reader by get_user_pages does not map it. reuse_swap_page() counted mappings and swap entries. Since 5.8 a
 * page with other references is copied.
 */

import { readOnce32 } from "../arch/access";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { moveAnonRmap } from "../rmap/move_anon";
import { pageSwapcache, swapTryRemove } from "../swap/cache";
import { pageTrylock, pageUnlock } from "../sync/pagelock";

/** Whether a store may go to the page as it is: it is, or has become, the faulting VMA's alone. The table's lock is held. */
@inline
export function mayReuse(page: Page, vma: Vma): bool {
  return pageAnon(page) && !pageKsm(page) && (isExclusive(page) || becomeExclusive(page, vma));
}

/**
 * Whether this entry is the page's only mapping: then the page is taken for this VMA's alone.
 */
function becomeExclusive(page: Page, vma: Vma): bool {
  if (!pageTrylock(page)) return false;
  // A slot that no entry names any more keeps nobody.
  if (pageSwapcache(page)) swapTryRemove(page);
  // The references of those who do not map it are not asked for.
  const alone = readOnce32(page.mapcountAt) == 1 && !pageSwapcache(page);
  if (alone) moveAnonRmap(page, vma);
  pageUnlock(page);
  return alone;
}
