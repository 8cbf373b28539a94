/**
 * A lock for many readers or one writer, as memory models know it: taken by an acquire, given back by a release.
 *
 *   word 0:  bit 31 a writer holds it | bit 30 not used here | 29..0 readers
 *   word 1:  not used here: nobody sleeps
 *
 * A writer that waits leaves no mark, so that readers who come meanwhile may go first. That is every order that the
 * native lock allows, and some that it forbids.
 */

import { lock32, PLACE, trylock32, unlock32 } from "../arch/hooks";
import { lockAcquire, lockAcquireNested, lockAcquiredTry, lockRelease } from "./lockdep";

/** Takes the lock for reading. */
@inline
export function readLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  lock32(PLACE, at, WRITER, 1);
}

/** Takes the lock for reading if no writer holds it. */
export function readTrylock(at: usize, lockClass: u32): bool {
  if (trylock32(PLACE, at, WRITER, 1) == 0) return false;
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases a reader's hold. */
@inline
export function readUnlock(at: usize): void {
  lockRelease(at);
  unlock32(PLACE, at, 1);
}

/** Takes the lock for writing. */
@inline
export function writeLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  take(at);
}

/** As writeLock where one of the class is held already and the caller knows that the order is safe. */
@inline
export function writeLockNested(at: usize, lockClass: u32): void {
  lockAcquireNested(at, lockClass);
  take(at);
}

/** Takes the lock for writing if it is free. */
export function writeTrylock(at: usize, lockClass: u32): bool {
  if (trylock32(PLACE, at, ~0, WRITER) == 0) return false;
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases the writer's hold. */
@inline
export function writeUnlock(at: usize): void {
  lockRelease(at);
  unlock32(PLACE, at, WRITER);
}

@inline
function take(at: usize): void {
  lock32(PLACE, at, ~0, WRITER);
}
