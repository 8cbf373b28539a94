/**
 * Compaction moves pages from the low end of memory to free frames at its high end, until the two scanners meet. The
 * free frames at the low end form large blocks again. Other CPUs go on with their faults meanwhile.
 */

import { readOnce32 } from "../arch/access";
import { PG_LRU, ZONE_FRAMES } from "../layout";
import { lruAddDrain } from "../lru/add";
import { putPage } from "../lru/release";
import { frameTake } from "../mem/frame";
import { pcpDrainIfShort } from "../mem/pcp";
import { zoneOf } from "../mem/zone";
import { Page } from "../obj/page";
import { refIncNotZero } from "../sync/refcount";
import { migratePage } from "./migrate";

/** Moves up to `wanted` pages. Returns how many moved. The caller holds no page and no lock. */
export function compact(wanted: u32): u32 {
  const zone = zoneOf(ZONE_FRAMES);
  lruAddDrain();
  pcpDrainIfShort();
  let moved: u32 = 0;
  let free = zone.count;
  for (let index: u32 = 0; index < free && moved < wanted; index++) {
    const page = changetype<Page>(zone.base + index * offsetof<Page>());
    // RACE: this peek is at a frame that may be anyone's. migratePage looks again with a reference and the page lock.
    if ((readOnce32(page.flagsAt) & PG_LRU) == 0 || !refIncNotZero(page.refcountAt)) continue;
    let target: u32 = 0;
    while (target == 0 && free > index + 1) {
      free--;
      target = frameTake(free, 2);
    }
    if (target != 0 && migratePage(page, changetype<Page>(target))) moved++;
    putPage(page);
  }
  return moved;
}
