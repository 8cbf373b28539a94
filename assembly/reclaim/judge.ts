/** What a look at a page means for it. */

import { readOnce32 } from "../arch/access";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import { PG_ACTIVE, PG_REFERENCED } from "../layout";
import { Page } from "../obj/page";
import { LOCKED_IN_MEMORY, RMAP_CONTENDED } from "../rmap/referenced";

/**
 * Whether a page was not used since the last look, by what `folioReferenced` says. A page that was used gets a second
 * chance, and becomes active when it was used twice. The page is locked.
 */
export function judge(page: Page, used: u32): bool {
  // It will be put on the list that nobody scans. munlock brings it back.
  if (used == LOCKED_IN_MEMORY) return false;
  if (used == RMAP_CONTENDED) return false; // another round
  const flags = readOnce32(page.flagsAt);
  if (used == 0) {
    if ((flags & PG_REFERENCED) != 0) atomicAnd32(page.flagsAt, ~PG_REFERENCED);
    return true;
  }
  if (used > 1 || (flags & PG_REFERENCED) != 0) atomicOr32(page.flagsAt, PG_ACTIVE);
  else atomicOr32(page.flagsAt, PG_REFERENCED);
  return false;
}
