/** Reference counts on modelled hardware: a change of a count is one event, and those that nobody tells apart commute. */

import { bugUnless } from "../arch/check";
import { ask32, drop32, get32, PLACE, put32 } from "../arch/hooks";
import { PANIC_REFCOUNT } from "../layout";

/** Takes one more reference. The caller holds one already. */
@inline
export function refInc(at: usize): void {
  const was = put32(PLACE, at, <u32>-1);
  bugUnless(<i32>was > 0, PANIC_REFCOUNT, <u32>at, was);
}

/** Takes one more reference. False: the count is 0 or at least `limit`. */
@inline
export function refIncBelow(at: usize, limit: u32): bool {
  return get32(PLACE, at, limit) != 0;
}

/**
 * Drops one reference of several. Who waits for the count needs no wake here. That it is not the last is checked: only
 * then does it commute with those who take one.
 */
@inline
export function refDecAndWake(at: usize, _limit: u32): void {
  const was = put32(PLACE, at, 1);
  bugUnless(<i32>was > 1, PANIC_REFCOUNT, <u32>at, was);
}

/** Whether there is one reference only. The search need not try orders that change nothing but the number. */
@inline
export function refAlone(at: usize): bool {
  return ask32(PLACE, at, 1) == 1;
}

/** Drops one reference. True: it was the last. */
@inline
export function refDecAndTest(at: usize): bool {
  const was = drop32(PLACE, at, 1);
  bugUnless(<i32>was > 0, PANIC_REFCOUNT, <u32>at, was);
  return was == 1;
}
