/**
 * The reverse-map walk, 2015: with a window between the caller's look at the page and the walk's own.
 *
 * Minchan Kim asked about a page that becomes a KSM page there: "PageKsm -> true -> bang because ksm expect the
 * passed page was locked. However, we increased page->count in isolate_lru_page before passing the page in
 * page_referenced so KSM cannot make the page KsmPage so it's safe."
 *
 *     merging                                    the reader
 *     lock_page
 *     write_protect_page: count is right
 *                                                takes a reference
 *                                                PageAnon and not PageKsm: no trylock_page
 *     the page becomes a merged one
 *     unlock_page
 *                                                rmap_walk: PageKsm, and the page is not locked
 *
 * The count sees only a reference that was there before it. `2015-ksm-unchecked` and `2015-ksm-unreferenced`
 * drop one half of the sentence each, which makes the gap as wide as it can be.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_WALK_BEGUN } from "../layout";
import { Page } from "../obj/page";
import { pageAnon, pageKsm } from "./map_page";
import { rmapWalkKsm } from "./walk_ksm";

@inline
function walkPage<V>(page: Page, arg: u32, wait: bool): bool {
  thisCpu().statWalks++;
  delayPoint(DELAY_WALK_BEGUN);
  if (pageKsm(page)) return rmapWalkKsm<V>(page, arg, wait);
  if (pageAnon(page)) return rmapWalkAnon<V>(page, arg, wait);
  return readOnce32(page.mappingAt) == 0 || rmapWalkFile<V>(page, arg, wait);
}
