/**
 * Makes room for a CPU that found no frame and holds no lock: frees some pages, or lets other CPUs run that may free
 * some.
 */

import { SWAP_CLUSTER } from "../layout";
import { framesAreShort } from "../mem/pcp";
import { nap, othersAreAtWork, waitForHolders } from "./holders";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/**
 * The price that a CPU pays for room before it gives up: 1 for each call that freed pages, IN_VAIN for each that did
 * not.
 */
export const ROOM_ATTEMPTS: u32 = 64;
const IN_VAIN: u32 = 8;

/**
 * Tries to make room. Returns what that cost of ROOM_ATTEMPTS. A scan that frees nothing does not prove that nothing
 * can be freed: pages that other CPUs have isolated are on no list, and pages that were used lately get a second
 * chance.
 */
export function makeRoom(): u32 {
  if (isHopeless()) return ROOM_ATTEMPTS;
  if (tryToFreePages(SWAP_CLUSTER) != 0) return 1;
  if (!framesAreShort()) return IN_VAIN;
  // A second scan: where there are few pages, the first may only have noted that all of them were used.
  if (tryToFreePages(SWAP_CLUSTER) != 0) return 1;
  if (!waitForHolders() && othersAreAtWork()) nap();
  return IN_VAIN;
}
