/** The spin lock as memory models know it: an acquire when it is taken, a release when it is given back. One word: 0 free, 1 held. */

import { storeRelease32 } from "../arch/access";
import { cmpxchgAcquire32 } from "../arch/rmw";
import { waitTurn } from "../arch/wait";
import { lockAcquire, lockAcquireNested, lockAcquiredTry, lockRelease } from "./lockdep";

@inline
function take(at: usize): void {
  while (cmpxchgAcquire32(at, 0, 1) != 0) waitTurn(at, 1, 0);
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
  if (cmpxchgAcquire32(at, 0, 1) != 0) return false;
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases the lock. */
@inline
export function spinUnlock(at: usize): void {
  lockRelease(at);
  storeRelease32(at, 0);
}
