/** A check for those that find pages by their frames, at any moment of the pages' lives. */

import { readOnce32, loadAcquire32 } from "../arch/access";
import { PG_UPTODATE } from "../layout";
import { Page } from "../obj/page";

/**
 * Whether a page is complete. False: it is a frame that another CPU is about to make a page of. That CPU thinks that
 * nobody knows the frame, and stores its flags plainly. The caller holds a reference, so a complete page stays what it
 * is. Both words are looked at because some pages get their flags first, and others their mapping. Pairs with
 * fileGetPage in file/cache.ts and takeOver in reclaim/migrate.ts.
 */
export function isMade(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_UPTODATE) != 0 && loadAcquire32(page.mappingAt) != 0;
}
