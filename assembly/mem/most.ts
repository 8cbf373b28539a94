/** Exact counts of things that are handed out seldom, with the highest value each ever had. */

import { readOnce32 } from "../arch/access";
import { atomicAdd32, cmpxchg32 } from "../arch/rmw";

/** Adds one to the word at `count`. The word at `most` keeps the highest value. Needs no lock. */
export function countMost(count: usize, most: usize): void {
  const now = atomicAdd32(count, 1) + 1;
  let seen = readOnce32(most);
  while (now > seen) {
    const found = cmpxchg32(most, seen, now);
    if (found == seen) return;
    seen = found;
  }
}
