/**
 * RCU as the model's own: a grace period never ends while the CPUs run, so that what is deferred stays readable. Nothing
 * is lost by that: to free it after all readers have left is what no reader can tell from not freeing it. And the epoch
 * words, which every operation reads, are no events.
 */

/** The CPU begins to run operations. */
export function rcuEnter(): void {}

/** The CPU goes idle and holds no pointers. */
export function rcuLeave(): void {}

/** An operation has ended. */
@inline
export function rcuQuiescent(): void {}
