/** For who finds pages by their frames, at any moment of their lives. */

import { readOnce32 } from "../arch/access";
import { PG_UPTODATE } from "../layout";
import { Page } from "../obj/page";

/**
 * Whether a page is more than a frame that someone is about to make a page of, who takes it for unknown and stores its
 * flags plainly. The caller has a reference, so that a page stays what it is. Both are looked at because one kind of page
 * gets its flags first, and another its mapping.
 */
export function isMade(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_UPTODATE) != 0 && readOnce32(page.mappingAt) != 0;
}
