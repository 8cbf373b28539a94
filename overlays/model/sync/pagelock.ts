/** The page lock, bit PG_LOCKED of the flags, as memory models know it: taken by an acquire, given back by a release. */

import { bugUnless } from "../arch/check";
import { lock32, PLACE, trylock32, unlock32 } from "../arch/hooks";
import { LOCK_PAGE, PANIC_LOCK_BALANCE, PG_LOCKED } from "../layout";
import { Page } from "../obj/page";
import { lockAcquire, lockAcquiredTry, lockRelease } from "./lockdep";

/** Takes the page lock. */
export function pageLock(page: Page): void {
  const at = page.flagsAt;
  lockAcquire(at, LOCK_PAGE);
  lock32(PLACE, at, PG_LOCKED, PG_LOCKED);
}

/** Takes the page lock if that needs no waiting. */
export function pageTrylock(page: Page): bool {
  if (trylock32(PLACE, page.flagsAt, PG_LOCKED, PG_LOCKED) == 0) return false;
  lockAcquiredTry(page.flagsAt, LOCK_PAGE);
  return true;
}

/** Releases the page lock. */
export function pageUnlock(page: Page): void {
  const at = page.flagsAt;
  lockRelease(at);
  const was = unlock32(PLACE, at, PG_LOCKED);
  bugUnless((was & PG_LOCKED) != 0, PANIC_LOCK_BALANCE, changetype<u32>(page), was);
}
