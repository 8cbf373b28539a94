/**
 * The reverse-map walk, 2015: with a window between the caller's look at the page and the walk's own.
 *
 * page_referenced() tested PageAnon to decide whether it needs the page lock; rmap_walk() tested it again to decide
 * which way to go. The thread was about what happens between the two.
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
