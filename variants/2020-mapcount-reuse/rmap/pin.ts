/**
 * Pins, as before 2020: a pin for reading takes the page that is mapped, shared or not. Fork and unmapping are
 * those of today.
 *
 * get_user_pages(FOLL_GET) without FOLL_WRITE took the page that was there and broke no copy-on-write. Linux
 * 17839856fd58 made it break it always; since 2022 (PG_anon_exclusive) a shared page is copied before it is pinned.
 */

import { Page } from "../obj/page";

/** Any page may be pinned: a store needs a writable entry anyway, and a reader is thought to do no harm. */
@inline
export function mayPin(page: Page): bool {
  return true;
}
