/** The scanner takes pages from the LRU lists under their lock, as reclaim does. Argued in October 2008. */

import { ctl } from "../arch/cpu";
import { LOCK_LRU } from "../layout";
import { lruvecOf } from "../lru/list";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** Looks at the page at the warm end of each CPU's list of inactive anonymous pages, `rounds` times over. */
export function scanIdle(rounds: u32, how: u32): void {
  for (let i: u32 = 0; i < rounds * ctl().cpus; i++) {
    const lruvec = lruvecOf(i % ctl().cpus);
    spinLock(lruvec.lockAt, LOCK_LRU);
    const page = lruvec.head(0);
    spinUnlock(lruvec.lockAt);
    if (page != 0) lookUnheld(changetype<Page>(page));
  }
}
