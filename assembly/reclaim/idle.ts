/**
 * A scanner of page frames, like Linux's idle page tracking. It finds pages by their frames, not by their mappings, so
 * it meets them at any moment of their lives.
 */

import { readOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_FRAME_HELD, PG_BUDDY, PG_RESERVED, SCAN_UNHELD, SCAN_UNLOCKED, ZONE_FRAMES } from "../layout";
import { putPage } from "../lru/release";
import { zoneOf } from "../mem/zone";
import { Page } from "../obj/page";
import { pageAnon, pageKsm } from "../rmap/map_page";
import { folioReferenced } from "../rmap/referenced";
import { refIncNotZero } from "../sync/refcount";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { isMade } from "./made";

/** Asks for every frame in use, `rounds` times over, whether it was accessed. `how`: SCAN_* bits. */
export function scanIdle(rounds: u32, how: u32): void {
  const zone = zoneOf(ZONE_FRAMES);
  for (let round: u32 = 0; round < rounds; round++) {
    for (let i: u32 = 0; i < zone.count; i++) {
      const page = changetype<Page>(zone.base + i * offsetof<Page>());
      if (readOnce32(page.refcountAt) == 0 || (readOnce32(page.flagsAt) & (PG_BUDDY | PG_RESERVED)) != 0) continue;
      if ((how & SCAN_UNHELD) != 0) lookUnheld(page);
      else if (refIncNotZero(page.refcountAt)) lookHeld(page, (how & SCAN_UNLOCKED) != 0);
    }
  }
}

/** Looks at a page with a reference, so that it stays the same page. Drops the reference. */
function lookHeld(page: Page, unlocked: bool): void {
  delayPoint(DELAY_FRAME_HELD);
  if (!isMade(page)) {
    // The page is not on the LRU lists yet, by which Linux's scanner goes.
  } else if (unlocked) {
    // File pages and merged pages are always locked, so the scanner without the lock leaves them out.
    if (pageAnon(page) && !pageKsm(page)) folioReferenced(page);
  } else if (pageTrylock(page)) {
    folioReferenced(page);
    pageUnlock(page);
  }
  putPage(page);
}

/**
 * Looks at a page without a reference or a lock: it may be freed and become another's at any time. Only anonymous
 * pages, because their owners are type-safe.
 */
function lookUnheld(page: Page): void {
  if (pageAnon(page) && !pageKsm(page)) folioReferenced(page);
}
