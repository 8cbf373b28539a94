/** Lock order checking: only in the checked build. The classes are LOCK_* of layout.ts, outermost first. */

/** Before a lock of `lockClass` is taken: it must stand further in than every lock that is held. */
@inline
export function lockAcquire(at: usize, lockClass: u32): void {}

/** As lockAcquire for a second lock of the same class, whose order the caller knows. */
@inline
export function lockAcquireNested(at: usize, lockClass: u32): void {}

/** After a try that succeeded: no order is asked for. */
@inline
export function lockAcquiredTry(at: usize, lockClass: u32): void {}

/** Before a lock is released: it must be held. */
@inline
export function lockRelease(at: usize): void {}

/** At the end of an operation: nothing may be held. */
@inline
export function lockNoneHeld(): void {}

/** Whether this CPU holds the lock, where that is known: elsewhere it is taken for granted. */
@inline
export function lockIsHeld(at: usize): bool { return true; }

/** The caller relies on this lock being held. */
@inline
export function lockAssertHeld(at: usize): void {}
