/**
 * A scanner of page frames. Mutant of 2015: it looks at a page to which it holds no reference.
 *
 * "However, we increased page->count in isolate_lru_page" is the other half of Minchan Kim's argument of 12 May
 * 2015: merging goes by the count. Here the scanner drops its reference before the look.
 */

import { delayPoint } from "../arch/delay";
import { DELAY_FRAME_HELD } from "../layout";
import { putPage } from "../lru/release";
import { Page } from "../obj/page";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { folioReferenced } from "../rmap/referenced";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { isMade } from "./made";

/** With a reference, so that the page stays the one that it is; dropped here. */
function lookHeld(page: Page, unlocked: bool): void {
  putPage(page);
  delayPoint(DELAY_FRAME_HELD);
  if (!isMade(page)) {
    // It is not on the lists that Linux's scanner goes by.
  } else if (unlocked) {
    // Pages of files and merged pages are always locked.
    if (pageAnon(page) && !pageKsm(page)) folioReferenced(page);
  } else if (pageTrylock(page)) {
    folioReferenced(page);
    pageUnlock(page);
  }
}
