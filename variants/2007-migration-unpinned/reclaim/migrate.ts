/**
 * Moving a page to another frame, as it was before Linux dc386d4d1e98 (2007): nothing holds the anon_vma between the
 * two walks.
 *
 * KAMEZAWA Hiroyuki's change says: "When migrating an anonymous page, anon_vma can be freed since page_mapcount() goes
 * to 0 during try_to_unmap()". Linux held it with an RCU section first, and with a pin later. Here nothing holds it.
 * The second walk takes the anon_vma from the mapping word alone.
 */

import { delayPoint } from "../arch/delay";
import { DELAY_PAGE_UNMAPPED } from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { Page } from "../obj/page";
import { tryToUnmapFlush } from "../pt/flush";
import { anonVmaOfMapping, pageMapped } from "../rmap/lock";
import { pageAnon } from "../rmap/map_page";
import { removeMigrationPtes, tryToMigrate } from "../rmap/migrate";
import { pageTrylock, pageUnlock } from "../sync/pagelock";

/** The old page is locked, and held by the isolation and by the caller. The new one's references are the caller's and the LRU batch's. */
function moveLocked(old: Page, page: Page): bool {
  const anon = pageAnon(old);
  // Nobody holds it.
  const owner = anon && pageMapped(old) ? anonVmaOfMapping(old.mapping) : 0;
  if (anon && owner == 0) return false; // not mapped: a page of the swap cache only
  pageTrylock(page); // nobody knows it yet
  if (pageMapped(old)) tryToMigrate(old);
  tryToUnmapFlush(); // from here on nobody writes to it
  delayPoint(DELAY_PAGE_UNMAPPED);
  const moved = !pageMapped(old) && takeOver(old, page);
  removeMigrationPtes(old, moved ? page : old, owner);
  pageUnlock(page);
  if (moved) {
    lruAdd(page);
    putPage(page); // from now on it is its entries' and its cache's
  }
  return moved;
}
