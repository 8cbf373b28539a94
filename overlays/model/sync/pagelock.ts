/** The page lock, bit PG_LOCKED of the flags, as memory models know it: taken by an acquire, given back by a release. */

import { bugUnless } from "../arch/check";
import { atomicAndRelease32, atomicOrAcquire32 } from "../arch/rmw";
import { waitTurn } from "../arch/wait";
import { LOCK_PAGE, PANIC_LOCK_BALANCE, PG_LOCKED } from "../layout";
import { Page } from "../obj/page";
import { lockAcquire, lockAcquiredTry, lockRelease } from "./lockdep";

/** Takes the page lock. */
export function pageLock(page: Page): void {
  const at = page.flagsAt;
  lockAcquire(at, LOCK_PAGE);
  while (true) {
    const was = atomicOrAcquire32(at, PG_LOCKED);
    if ((was & PG_LOCKED) == 0) return;
    waitTurn(at, was, 0);
  }
}

/** Takes the page lock if that needs no waiting. */
export function pageTrylock(page: Page): bool {
  if ((atomicOrAcquire32(page.flagsAt, PG_LOCKED) & PG_LOCKED) != 0) return false;
  lockAcquiredTry(page.flagsAt, LOCK_PAGE);
  return true;
}

/** Releases the page lock. */
export function pageUnlock(page: Page): void {
  const at = page.flagsAt;
  lockRelease(at);
  const was = atomicAndRelease32(at, ~PG_LOCKED);
  bugUnless((was & PG_LOCKED) != 0, PANIC_LOCK_BALANCE, changetype<u32>(page), was);
}
