/**
 * The buddy allocator of a zone: free blocks of 2^order pages, split and joined by their pages' numbers. Only the
 * per-CPU lists above it (pcp.ts) and frameTake call it.
 *
 * Conservation: free == pages on the free lists; free + pages on per-CPU lists + pages in use == count.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { bugUnless, CHECKED } from "../arch/check";
import { ARENA_PAGE_STRIDE, MAX_ORDER, PANIC_BAD_PAGE, PCP_BATCH, PG_BUDDY } from "../layout";
import { Page } from "../obj/page";
import { Zone } from "../obj/zone";

/** The zone with that number: ZONE_FRAMES or ZONE_ARENA. */
@inline
export function zoneOf(number: u32): Zone {
  return changetype<Zone>(ctl().zoneBase + number * offsetof<Zone>());
}

@inline
function pageAt(zone: Zone, index: u32): Page {
  return changetype<Page>(zone.base + index * zone.stride);
}

/**
 * A page's number in its zone. Divides by constants that the compiler knows: a division by `zone.stride` would take as
 * long as freeing the page.
 */
@inline
function indexOf(zone: Zone, page: Page): u32 {
  const distance = changetype<u32>(page) - zone.base;
  return zone.stride == <u32>offsetof<Page>() ? distance / <u32>offsetof<Page>() : distance / ARENA_PAGE_STRIDE;
}

/** Makes all pages of an empty zone free. Boot only. */
export function zoneInit(zone: Zone): void {
  let index: u32 = 0;
  while (index < zone.count) {
    let order = MAX_ORDER;
    while ((index & ((1 << order) - 1)) != 0 || index + (1 << order) > zone.count) order--;
    pushFree(zone, pageAt(zone, index), order);
    index += 1 << order;
  }
  zone.least = zone.free;
}

/** RACE: CPUs ask without the lock whether the zone is short of pages. It is only a guess. */
@inline
function setFree(zone: Zone, free: u32): void {
  writeOnce32(zone.freeAt, free);
}

function pushFree(zone: Zone, page: Page, order: u32): void {
  link(zone, page, order);
  setFree(zone, zone.free + (1 << order));
}

/** Makes a block the first of its free list. The caller counts its pages. */
@inline
function link(zone: Zone, page: Page, order: u32): void {
  const head = zone.headAt(order);
  // RACE: the neighbours of a block in use are looked at by others, too, such as who looks at every frame.
  writeOnce32(page.flagsAt, PG_BUDDY);
  page.priv = order;
  page.prev = 0;
  page.next = load<u32>(head);
  if (page.next != 0) changetype<Page>(page.next).prev = changetype<u32>(page);
  store<u32>(head, changetype<u32>(page));
}

function takeFree(zone: Zone, page: Page, order: u32): void {
  unlink(zone, page, order);
  page.priv = 0;
  page.next = 0;
  page.prev = 0;
  setFree(zone, zone.free - (1 << order));
}

/** Takes a block off its free list. The caller counts its pages. */
@inline
function unlink(zone: Zone, page: Page, order: u32): void {
  if (page.prev != 0) changetype<Page>(page.prev).next = page.next;
  else store<u32>(zone.headAt(order), page.next);
  if (page.next != 0) changetype<Page>(page.next).prev = page.prev;
  writeOnce32(page.flagsAt, 0);
}

/** One block of 2^order pages, or 0. The zone's lock is held. */
export function buddyAllocLocked(zone: Zone, order: u32): u32 {
  let at = order;
  while (at <= MAX_ORDER && load<u32>(zone.headAt(at)) == 0) at++;
  if (at > MAX_ORDER) return 0;
  const page = changetype<Page>(load<u32>(zone.headAt(at)));
  takeFree(zone, page, at);
  const index = indexOf(zone, page);
  while (at > order) {
    at--;
    pushFree(zone, pageAt(zone, index + (1 << at)), at);
  }
  return changetype<u32>(page);
}

/**
 * Takes the page with that index if it is free in the zone. The rest of its block stays free. 0: it is not free. The
 * zone's lock is held.
 */
export function buddyTakeLocked(zone: Zone, index: u32): u32 {
  let order: u32 = 0;
  let first = index;
  while (order <= MAX_ORDER) {
    first = index & ~((1 << order) - 1);
    const head = pageAt(zone, first);
    if ((readOnce32(head.flagsAt) & PG_BUDDY) != 0 && head.priv == order) break;
    order++;
  }
  if (order > MAX_ORDER) return 0;
  takeFree(zone, pageAt(zone, first), order);
  while (order > 0) {
    order--;
    const upper = first + (1 << order);
    if (index >= upper) {
      pushFree(zone, pageAt(zone, first), order);
      first = upper;
    } else {
      pushFree(zone, pageAt(zone, upper), order);
    }
  }
  return changetype<u32>(pageAt(zone, index));
}

/**
 * The first page of the block of PCP_BATCH pages whose last is `page`, if the others follow `page` in its list, from
 * the last to the first; else 0.
 */
export function batchEndingAt(zone: Zone, page: Page): u32 {
  if ((indexOf(zone, page) & (PCP_BATCH - 1)) != PCP_BATCH - 1) return 0;
  let at = changetype<u32>(page);
  for (let i: u32 = 1; i < PCP_BATCH; i++) {
    if (changetype<Page>(at).next != at - zone.stride) return 0;
    at -= zone.stride;
  }
  return at;
}

/** Makes a block free and joins it with its free buddies. The zone's lock is held. */
export function buddyFreeLocked(zone: Zone, page: Page, order: u32): void {
  if (CHECKED) {
    const flags = readOnce32(page.flagsAt);
    bugUnless((flags & PG_BUDDY) == 0, PANIC_BAD_PAGE, changetype<u32>(page), flags);
  }
  setFree(zone, zone.free + (1 << order));
  let index = indexOf(zone, page);
  while (order < MAX_ORDER) {
    const buddyIndex = index ^ (1 << order);
    if (buddyIndex + (1 << order) > zone.count) break;
    const buddy = pageAt(zone, buddyIndex);
    if ((readOnce32(buddy.flagsAt) & PG_BUDDY) == 0 || buddy.priv != order) break;
    unlink(zone, buddy, order);
    index &= ~(1 << order);
    order++;
  }
  link(zone, pageAt(zone, index), order);
}
