/**
 * A lock for many readers or one writer: two words.
 *
 *   word 0:  bit 31 a writer holds it | bit 30 a writer waits: no new readers | 29..0 readers
 *   word 1:  how many CPUs may be asleep on word 0
 */

import { loadAcquire32, readOnce32 } from "../arch/access";
import { atomicAdd32, atomicAnd32, atomicOr32, atomicSub32, cmpxchg32 } from "../arch/rmw";
import { SPINS, waitTurn, wakeAll } from "../arch/wait";
import { lockAcquire, lockAcquireNested, lockAcquiredTry, lockRelease } from "./lockdep";

const WRITER: u32 = 0x8000_0000;
const WAITING: u32 = 0x4000_0000;

/** Takes the lock for reading. Pairs with writeUnlock in sync/rwsem.ts. */
export function readLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  for (let turn: u32 = 0; ; turn++) {
    const seen = readOnce32(at);
    if ((seen & (WRITER | WAITING)) == 0) {
      if (cmpxchg32(at, seen, seen + 1) == seen) return;
    } else {
      pause(at, seen, turn);
    }
  }
}

/** Takes the lock for reading. False: a writer holds it or waits. Pairs with writeUnlock in sync/rwsem.ts. */
export function readTrylock(at: usize, lockClass: u32): bool {
  while (true) {
    const seen = readOnce32(at);
    if ((seen & (WRITER | WAITING)) != 0) return false;
    if (cmpxchg32(at, seen, seen + 1) == seen) break;
  }
  lockAcquiredTry(at, lockClass);
  return true;
}

/**
 * Releases a reader's hold. Whoever sleeps while readers hold the lock is a writer, who set its mark first, or waits
 * behind such a writer. So without the mark nobody needs a wake. Pairs with writeLockSlow in sync/rwsem.ts.
 */
export function readUnlock(at: usize): void {
  lockRelease(at);
  if ((atomicSub32(at, 1) & WAITING) != 0) wake(at);
}

/** Takes the lock for writing. */
export function writeLock(at: usize, lockClass: u32): void {
  lockAcquire(at, lockClass);
  writeLockSlow(at);
}

/** As writeLock, while a lock of the class is held already. The caller knows that the order is safe. */
export function writeLockNested(at: usize, lockClass: u32): void {
  lockAcquireNested(at, lockClass);
  writeLockSlow(at);
}

/** Releases the writer's hold. Pairs with readLock and writeLockSlow in sync/rwsem.ts. */
export function writeUnlock(at: usize): void {
  lockRelease(at);
  // A writer that began to wait meanwhile keeps its mark.
  atomicAnd32(at, ~WRITER);
  wake(at);
}

/** Whether anyone holds the lock at this moment. */
@inline
export function rwsemIsLocked(at: usize): bool {
  return (readOnce32(at) & ~WAITING) != 0;
}

/** Whether a writer holds the lock at this moment. */
@inline
export function rwsemIsWriteLocked(at: usize): bool {
  return (readOnce32(at) & WRITER) != 0;
}

function writeLockSlow(at: usize): void {
  for (let turn: u32 = 0; ; turn++) {
    const seen = readOnce32(at);
    if ((seen & ~WAITING) == 0) {
      // Other waiting writers set their mark again.
      if (cmpxchg32(at, seen, WRITER) == seen) return;
    } else {
      if ((seen & WAITING) == 0) atomicOr32(at, WAITING);
      pause(at, seen | WAITING, turn);
    }
  }
}

/**
 * One turn of waiting for word 0 to change from `seen`. The CPU counts itself as a sleeper while it may sleep. It
 * counts itself before it looks at word 0 again. Pairs with wake in sync/rwsem.ts.
 */
function pause(at: usize, seen: u32, turn: u32): void {
  if (turn < SPINS) return;
  atomicAdd32(at + 4, 1);
  waitTurn(at, seen, turn);
  atomicSub32(at + 4, 1);
}

/**
 * Wakes the sleepers. It reads the count after the release, and a sleeper counts itself before it looks again, so no
 * wake is lost. Pairs with pause in sync/rwsem.ts.
 */
function wake(at: usize): void {
  if (loadAcquire32(at + 4) != 0) wakeAll(at);
}
