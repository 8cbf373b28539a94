/** Reference counts. An object lives while its count is above zero. */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { atomicAdd32, atomicSub32, cmpxchg32 } from "../arch/rmw";
import { wakeAll } from "../arch/wait";
import { PANIC_REFCOUNT } from "../layout";

/** Takes one more reference. The caller holds one already. */
@inline
export function refInc(at: usize): void {
  const was = atomicAdd32(at, 1);
  bugUnless(<i32>was > 0, PANIC_REFCOUNT, <u32>at, was);
}

/** Takes one more reference. False: the object is being freed. */
export function refIncNotZero(at: usize): bool {
  return refIncBelow(at, ~0);
}

/** Takes one more reference. False: the count is 0 or at least `limit`. */
@inline
export function refIncBelow(at: usize, limit: u32): bool {
  while (true) {
    const seen = readOnce32(at);
    if (seen == 0 || seen >= limit) return false;
    if (cmpxchg32(at, seen, seen + 1) == seen) return true;
  }
}

/** Drops one reference of several, and wakes who waits for the others to leave: then the count was at least `limit`. */
@inline
export function refDecAndWake(at: usize, limit: u32): void {
  if (atomicSub32(at, 1) >= limit) wakeAll(at);
}

/**
 * Drops one reference. True: it was the last, and the caller frees the object. A full barrier: what the other holders
 * did comes before the freeing. Pairs with itself at the other holders (refDecAndTest in sync/refcount.ts).
 */
@inline
export function refDecAndTest(at: usize): bool {
  const was = atomicSub32(at, 1);
  bugUnless(<i32>was > 0, PANIC_REFCOUNT, <u32>at, was);
  return was == 1;
}

/** Whether there is one reference only. */
@inline
export function refAlone(at: usize): bool {
  return readOnce32(at) == 1;
}
