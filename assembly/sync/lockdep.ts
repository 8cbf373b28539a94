/**
 * Checks the lock order, in the checked build only. The classes are LOCK_* of layout.ts, outermost first;
 * rmap/anon_vma.ts draws them.
 */

/** Call before a lock of `lockClass` is taken. It must stand further in than every lock that is held. */
@inline
export function lockAcquire(at: usize, lockClass: u32): void {}

/** As lockAcquire, for a second lock of the same class whose order is known to be safe. */
@inline
export function lockAcquireNested(at: usize, lockClass: u32): void {}

/** Call after a try that succeeded. A try may be made in any order. */
@inline
export function lockAcquiredTry(at: usize, lockClass: u32): void {}

/** Call before a lock is released. It must be held. */
@inline
export function lockRelease(at: usize): void {}

/** Call at the end of an operation. No lock may be held. */
@inline
export function lockNoneHeld(): void {}

/** Whether this CPU holds the lock. Where that is not known, true. */
@inline
export function lockIsHeld(at: usize): bool {
  return true;
}

/** Checks that this lock is held. */
@inline
export function lockAssertHeld(at: usize): void {}
