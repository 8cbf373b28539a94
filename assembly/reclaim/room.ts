/** Room for one who found no frame and holds no lock: frees some pages, or lets others get on who may free some. */

import { ctl } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { SWAP_CLUSTER } from "../layout";
import { framesAreShort } from "../mem/pcp";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/** What asking for room may cost before there is none: so many times, or an eighth of that when nothing came of it. */
export const ROOM_ATTEMPTS: u32 = 64;
const IN_VAIN: u32 = 8;
/** How long the others are waited for, nanoseconds. */
const NAP: i64 = 250_000;

/**
 * Tries to make room; what that cost of ROOM_ATTEMPTS. A scan that frees nothing does not say that nothing can be
 * freed: what other CPUs have isolated stands on no list, and pages that were used lately get a second chance.
 */
export function makeRoom(): u32 {
  if (isHopeless()) return ROOM_ATTEMPTS;
  if (tryToFreePages(SWAP_CLUSTER) != 0) return 1;
  // Nobody wakes this one: the word is only one that does not change.
  if (framesAreShort()) sleepOn(ctl().kswapdStopAt, 0, NAP);
  return IN_VAIN;
}
