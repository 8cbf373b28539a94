/**
 * A lock for many readers or one writer, as memory models know it: taken by an acquire, given back by a release.
 *
 *   word 0:  bit 31 a writer holds it | bit 30 a writer waits: no new readers | 29..0 readers
 *   word 1:  not used here: nobody sleeps
 */

import { readOnce32 } from "../arch/access";
import { atomicAndRelease32, atomicOr32, atomicSubRelease32, cmpxchgAcquire32 } from "../arch/rmw";
import { waitTurn } from "../arch/wait";
import { lockAcquire, lockAcquireNested, lockAcquiredTry, lockRelease } from "./lockdep";

/** Takes the lock for reading. */
@inline
export function readLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  while (true) {
    const seen = readOnce32(at);
    if ((seen & (WRITER | WAITING)) != 0) waitTurn(at, seen, 0);
    else if (cmpxchgAcquire32(at, seen, seen + 1) == seen) break;
  }
}

/** Takes the lock for reading if no writer holds it or waits. */
export function readTrylock(at: usize, lockClass: u32): bool {
  while (true) {
    const seen = readOnce32(at);
    if ((seen & (WRITER | WAITING)) != 0) return false;
    if (cmpxchgAcquire32(at, seen, seen + 1) == seen) break;
  }
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases a reader's hold. */
@inline
export function readUnlock(at: usize): void {
  lockRelease(at);
  atomicSubRelease32(at, 1);
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
  const seen = readOnce32(at);
  if ((seen & ~WAITING) != 0 || cmpxchgAcquire32(at, seen, WRITER) != seen) return false;
  lockAcquiredTry(at, lockClass);
  return true;
}

/** Releases the writer's hold. */
@inline
export function writeUnlock(at: usize): void {
  lockRelease(at);
  // A writer that began to wait meanwhile keeps its mark.
  atomicAndRelease32(at, ~WRITER);
}

@inline
function take(at: usize): void {
  while (true) {
    const seen = readOnce32(at);
    if ((seen & ~WAITING) == 0) {
      // Other writers that wait set their mark again.
      if (cmpxchgAcquire32(at, seen, WRITER) == seen) break;
    } else {
      if ((seen & WAITING) == 0) atomicOr32(at, WAITING);
      waitTurn(at, seen | WAITING, 0);
    }
  }
}
