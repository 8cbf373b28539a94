/**
 * A lock for short sections: one word.
 *
 *   0 free | 1 held | 2 held, and someone may be asleep
 */

import { readOnce32 } from "../arch/access";
import { cmpxchg32, xchg32 } from "../arch/rmw";
import { SPINS, waitTurn, wakeOne } from "../arch/wait";
import { lockAcquire, lockAcquireNested, lockRelease } from "./lockdep";

/** Takes the lock at `at`. Pairs with spinUnlock in sync/spinlock.ts. */
@inline
export function spinLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  if (cmpxchg32(at, 0, 1) != 0) spinLockSlow(at);
}

/**
 * Takes a second lock of a class that is already held. The caller knows that the order is safe. Pairs with spinUnlock
 * in sync/spinlock.ts.
 */
@inline
export function spinLockNested(at: usize, lockClass: u32): void {
  lockAcquireNested(at, lockClass);
  if (cmpxchg32(at, 0, 1) != 0) spinLockSlow(at);
}

/** Releases the lock. Pairs with spinLock and spinLockSlow in sync/spinlock.ts. */
@inline
export function spinUnlock(at: usize): void {
  lockRelease(at);
  if (xchg32(at, 0) == 2) wakeOne(at);
}

function spinLockSlow(at: usize): void {
  for (let turn: u32 = 0; turn < SPINS; turn++) {
    // A look first leaves the cache line with the holder until the lock is free.
    if (readOnce32(at) == 0 && cmpxchg32(at, 0, 1) == 0) return;
  }
  // A waiter marks the lock before it sleeps, so that the holder wakes it. Pairs with spinUnlock in sync/spinlock.ts.
  while (xchg32(at, 2) != 0) waitTurn(at, 2, SPINS);
}
