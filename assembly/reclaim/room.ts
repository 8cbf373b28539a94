/** Room for one who found no frame and holds no lock: frees some pages, or lets others get on who may free some. */

import { SWAP_CLUSTER } from "../layout";
import { framesAreShort } from "../mem/pcp";
import { nap, othersAreAtWork, waitForHolders } from "./holders";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/** What asking for room may cost before there is none: so many times, or an eighth of that when nothing came of it. */
export const ROOM_ATTEMPTS: u32 = 64;
const IN_VAIN: u32 = 8;

/**
 * Tries to make room; what that cost of ROOM_ATTEMPTS. A scan that frees nothing does not say that nothing can be
 * freed: what other CPUs have isolated stands on no list, and pages that were used lately get a second chance.
 */
export function makeRoom(): u32 {
  if (isHopeless()) return ROOM_ATTEMPTS;
  if (tryToFreePages(SWAP_CLUSTER) != 0) return 1;
  if (!framesAreShort()) return IN_VAIN;
  // Once more: where there are few pages, the first scan may only have noted that all of them were used.
  if (tryToFreePages(SWAP_CLUSTER) != 0) return 1;
  if (!waitForHolders() && othersAreAtWork()) nap();
  return IN_VAIN;
}
