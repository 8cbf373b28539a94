/** The arena's pages: 4 KiB of real memory each, for page tables and slabs. */

import { writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { ARENA_PAGE_STRIDE, PAGE_SHIFT, PAGE_SIZE, ZONE_ARENA } from "../layout";
import { Page } from "../obj/page";
import { pcpAlloc, pcpFree } from "./pcp";

/** The struct page of a new arena page, or 0 without memory. The content of its 4 KiB is unspecified. */
@inline
export function arenaAlloc(): u32 {
  return pcpAlloc(ZONE_ARENA);
}

/** Gives an arena page back at once. Nobody can hold a pointer into it. */
@inline
export function arenaFree(page: Page): void {
  writeOnce32(page.flagsAt, 0);
  pcpFree(ZONE_ARENA, page);
}

/** Address of the memory of an arena page. */
@inline
export function arenaAddress(page: u32): u32 {
  return ctl().kmemBase + (((page - ctl().kpageBase) / ARENA_PAGE_STRIDE) << PAGE_SHIFT);
}

/** The struct page of the arena page that holds `address`. */
@inline
export function arenaPageOf(address: u32): Page {
  return changetype<Page>(ctl().kpageBase + ((address - ctl().kmemBase) >> PAGE_SHIFT) * ARENA_PAGE_STRIDE);
}

/** Makes an arena page all zero. */
@inline
export function arenaZero(page: u32): void {
  memory.fill(arenaAddress(page), 0, PAGE_SIZE);
}
