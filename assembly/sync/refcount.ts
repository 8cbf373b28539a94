/** Reference counts. An object lives while its count is above zero. */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { atomicAdd32, atomicSub32, cmpxchg32 } from "../arch/rmw";
import { PANIC_REFCOUNT } from "../layout";

/** Takes one more reference. The caller holds one already. */
@inline
export function refInc(at: usize): void {
  const was = atomicAdd32(at, 1);
  bugUnless(<i32>was > 0, PANIC_REFCOUNT, <u32>at, was);
}

/** Takes one more reference. False: the object is being freed. */
export function refIncNotZero(at: usize): bool {
  while (true) {
    const seen = readOnce32(at);
    if (seen == 0) return false;
    if (cmpxchg32(at, seen, seen + 1) == seen) return true;
  }
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
