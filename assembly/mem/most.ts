/** Counts of what is handed out seldom, with the most that there ever was: exact, whoever looks when. */

import { readOnce32 } from "../arch/access";
import { atomicAdd32, cmpxchg32 } from "../arch/rmw";

/** One more of what the word at `count` counts; the word at `most` keeps the highest value. No lock is needed. */
export function countMost(count: usize, most: usize): void {
  const now = atomicAdd32(count, 1) + 1;
  let seen = readOnce32(most);
  while (now > seen) {
    const found = cmpxchg32(most, seen, now);
    if (found == seen) return;
    seen = found;
  }
}
