/** The page lock is the bit PG_LOCKED of the flags. PG_WAITERS tells the holder to wake others. */

import { bugUnless } from "../arch/check";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import { waitTurn, wakeAll } from "../arch/wait";
import { LOCK_PAGE, PANIC_LOCK_BALANCE, PG_LOCKED, PG_WAITERS } from "../layout";
import { Page } from "../obj/page";
import { lockAcquire, lockAcquiredTry, lockRelease } from "./lockdep";

/** Takes the page lock. Pairs with pageUnlock in sync/pagelock.ts. */
export function pageLock(page: Page): void {
  const at = page.flagsAt;
  lockAcquire(at, LOCK_PAGE);
  for (let turn: u32 = 0; ; turn++) {
    if ((atomicOr32(at, PG_LOCKED) & PG_LOCKED) == 0) return;
    const seen = atomicOr32(at, PG_WAITERS) | PG_WAITERS;
    if ((seen & PG_LOCKED) != 0) waitTurn(at, seen, turn);
  }
}

/** Takes the page lock if that needs no waiting. Pairs with pageUnlock in sync/pagelock.ts. */
export function pageTrylock(page: Page): bool {
  if ((atomicOr32(page.flagsAt, PG_LOCKED) & PG_LOCKED) != 0) return false;
  lockAcquiredTry(page.flagsAt, LOCK_PAGE);
  return true;
}

/**
 * Ends the page lock of a page that is about to be freed. Who waits for the lock has a reference, and nobody has one
 * any more. The flags are cleared with the page.
 */
@inline
export function pageUnlockFree(page: Page): void {
  lockRelease(page.flagsAt);
}

/** Releases the page lock. Pairs with pageLock and pageTrylock in sync/pagelock.ts. */
export function pageUnlock(page: Page): void {
  const at = page.flagsAt;
  lockRelease(at);
  const was = atomicAnd32(at, ~(PG_LOCKED | PG_WAITERS));
  bugUnless((was & PG_LOCKED) != 0, PANIC_LOCK_BALANCE, changetype<u32>(page), was);
  if ((was & PG_WAITERS) != 0) wakeAll(at);
}
