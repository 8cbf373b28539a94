/**
 * Moving a page to another frame, as it was until Linux 1ce82b69e96c (January 2011): the anon_vma is pinned after
 * one look whether the page is mapped.
 *
 * "The anon_vma to which we get a reference may already have been freed back to its slab (it is in use when we check
 * page_mapped, but that can change), and so its anon_vma->root may be switched at any moment by reuse in
 * anon_vma_prepare." Hugh Dickins's fix takes the reference with the anon_vma locked by the usual look-up.
 */

import { delayPoint } from "../arch/delay";
import { DELAY_OWNER_FOUND } from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { putAnonVma } from "../rmap/anon_vma";
import { tryToUnmapFlush } from "../pt/flush";
import { anonVmaOfMapping, pageMapped } from "../rmap/lock";
import { pageAnon } from "../rmap/map_page";
import { removeMigrationPtes, tryToMigrate } from "../rmap/migrate";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";

/** The old page is locked, and held by the isolation and by the caller. The new one's references are the caller's and the LRU batch's. */
function moveLocked(old: Page, page: Page): bool {
  const anon = pageAnon(old);
  const owner = anon ? pinOwner(old) : 0;
  if (anon && owner == 0) return false; // not mapped: a page of the swap cache only
  pageTrylock(page); // nobody knows it yet
  if (pageMapped(old)) tryToMigrate(old);
  tryToUnmapFlush(); // from here on nobody writes to it
  const moved = !pageMapped(old) && takeOver(old, page);
  removeMigrationPtes(old, moved ? page : old, owner);
  pageUnlock(page);
  if (moved) {
    lruAdd(page);
    putPage(page); // from now on it is its entries' and its cache's
  }
  if (owner != 0) putAnonVma(changetype<AnonVma>(owner));
  return moved;
}

/** The page's anon_vma, with a reference that is taken whatever has happened to it since the look; or 0. */
function pinOwner(page: Page): u32 {
  const found = anonVmaOfMapping(page.mapping);
  if (found == 0 || !pageMapped(page)) return 0;
  delayPoint(DELAY_OWNER_FOUND);
  refInc(changetype<AnonVma>(found).refcountAt);
  return found;
}
