/** The spin lock as memory models know it: an acquire when it is taken, a release when it is given back. One word: 0 free, 1 held. */

import { lock32, PLACE, trylock32, unlock32 } from "../arch/hooks";
import { lockAcquire, lockAcquireNested, lockAcquiredTry, lockRelease } from "./lockdep";

@inline
function take(at: usize): void {
  lock32(PLACE, at, ~0, 1);
}

/** Takes the lock at `at`. */
@inline
export function spinLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  take(at);
}

/** Takes a second lock of a class that is already held: the caller knows that the order is safe. */
@inline
export function spinLockNested(at: usize, lockClass: u32): void {
  lockAcquireNested(at, lockClass);
  take(at);
}

/** Takes the lock if that needs no waiting. */
@inline
export function spinTrylock(at: usize, lockClass: u32): bool {
  if (trylock32(PLACE, at, ~0, 1) == 0) return false;
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases the lock. */
@inline
export function spinUnlock(at: usize): void {
  lockRelease(at);
  unlock32(PLACE, at, 1);
}
