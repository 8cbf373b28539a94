/**
 * Balances the active and the inactive list. If too few pages are inactive, the coldest active ones become inactive.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import { PG_ACTIVE, PG_REFERENCED } from "../layout";
import { Lruvec } from "../obj/lruvec";
import { Page } from "../obj/page";
import { pageMapped } from "../rmap/lock";
import { folioReferenced, RMAP_CONTENDED } from "../rmap/referenced";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { isolatePages, putbackPages } from "./isolate";

/**
 * Whether the inactive list of a pair is too short. Below 1 GiB both lists should be equally long. Above it the active
 * list may be longer.
 */
export function inactiveIsLow(lruvec: Lruvec, inactive: u32): bool {
  const cold = readOnce32(lruvec.countAt(inactive));
  const hot = readOnce32(lruvec.countAt(inactive + 1));
  const gigabytes = (cold + hot) >> 18;
  const ratio = gigabytes == 0 ? 1 : squareRoot(10 * gigabytes);
  return cold * ratio < hot;
}

/** Moves a batch of the active list of a pair to the inactive list, and clears the accessed bits. */
export function shrinkActive(lruvec: Lruvec, inactive: u32): void {
  const cpu = thisCpu();
  const taken = isolatePages(lruvec, inactive + 1);
  for (let i: u32 = 0; i < taken; i++) {
    const page = changetype<Page>(cpu.gatherPage(i));
    if (pageTrylock(page)) {
      // If the page was used since then or is locked in memory, it starts its second chance as referenced.
      const used = pageMapped(page) ? folioReferenced(page) : 0;
      if (used == RMAP_CONTENDED) {
        pageUnlock(page); // it stays active for another round
        continue;
      }
      if (used != 0) atomicOr32(page.flagsAt, PG_REFERENCED);
      else atomicAnd32(page.flagsAt, ~PG_REFERENCED);
      pageUnlock(page);
    }
    atomicAnd32(page.flagsAt, ~PG_ACTIVE);
  }
  putbackPages(0, taken, lruvec);
}

/** Whole square root. */
function squareRoot(n: u32): u32 {
  let root: u32 = 1;
  while ((root + 1) * (root + 1) <= n) root++;
  return root;
}
