/** Frames: the pages of anonymous and file memory. Each has a count of references. */

import { writeOnce32, readOnce32 } from "../arch/access";
import { smpMb } from "../arch/barrier";
import { ctl, thisCpu } from "../arch/cpu";
import { bugUnless, CHECKED } from "../arch/check";
import { atomicSub32 } from "../arch/rmw";
import { LOCK_ZONE, PANIC_BAD_PAGE, PANIC_MAPCOUNT, ZONE_FRAMES } from "../layout";
import { mappingIsKsm, Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { pcpAlloc, pcpFree } from "./pcp";
import { mustNotBeInTlb } from "./shadow";
import { noteStaleNode } from "./stale";
import { buddyTakeLocked, zoneOf } from "./zone";

/** The shared zero page. Entries with PTE_ZERO map it, and nobody counts them. */
@inline
export function zeroPage(): u32 {
  return ctl().pageBase;
}

/** Whether `at` is the struct page of a frame, other than the zero page. */
export function isFrame(at: u32): bool {
  const offset = at - ctl().pageBase;
  const size = <u32>offsetof<Page>();
  return offset >= size && offset <= ctl().frames * size && offset % size == 0;
}

/** The number of a frame: its place among the struct pages. */
@inline
export function frameNumber(page: Page): u32 {
  return (changetype<u32>(page) - ctl().pageBase) / <u32>offsetof<Page>();
}

/**
 * A frame with `references` references, no mapping and unspecified content; or 0.
 *
 * The caller asks for all the references that it will need. From the first one on, a page cache lookup that remembers
 * the frame's former life may atomically take and drop another, so a later plain store of a larger count could lose it.
 */
@inline
export function frameAlloc(references: u32): u32 {
  const at = frameAllocUncounted(references);
  if (at != 0) countFrames(1);
  return at;
}

/** As frameAlloc, for a caller that allocates many and calls countFrames once. */
@inline
export function frameAllocUncounted(references: u32): u32 {
  const at = pcpAlloc(ZONE_FRAMES);
  if (at != 0) frameInit(at, references);
  return at;
}

/** Counts frames that were allocated, or given back if `by` is below 0. */
@inline
export function countFrames(by: i32): void {
  thisCpu().statFrames += by;
}

/** As frameAlloc for the frame with that index in the zone; 0 unless the zone has it free (not in a CPU's list). */
export function frameTake(index: u32, references: u32): u32 {
  const zone = zoneOf(ZONE_FRAMES);
  spinLock(zone.lockAt, LOCK_ZONE);
  const at = buddyTakeLocked(zone, index);
  spinUnlock(zone.lockAt);
  if (at == 0) return 0;
  frameInit(at, references);
  countFrames(1);
  return at;
}

/** Sets a free frame's count. frameFree has left its flags, count, mapping and mapcount 0. */
@inline
function frameInit(at: u32, references: u32): void {
  const page = changetype<Page>(at);
  if (CHECKED) {
    const flags = readOnce32(page.flagsAt);
    const mapping = readOnce32(page.mappingAt);
    bugUnless(flags == 0 && readOnce32(page.refcountAt) == 0, PANIC_BAD_PAGE, at, flags);
    bugUnless(readOnce32(page.mapcountAt) == 0 && mapping == 0, PANIC_BAD_PAGE, at, mapping);
  }
  // A plain store is enough. A CPU that remembers the frame's former life may take a reference from here on. It then
  // looks again before it uses anything: where it found the frame, or at the page's flags and mapping (isMade,
  // fileFindGet, nodePageGet). These have been 0 since frameFree, and a lock or an atomic access of this CPU lies
  // between that and now. freeMerged has a barrier of its own.
  writeOnce32(page.refcountAt, references);
}

/** Gives a frame back. It has no reference and no mapping, and is on no list. */
@inline
export function frameFree(page: Page): void {
  frameFreeUncounted(page);
  countFrames(-1);
}

/** As frameFree, for a caller that frees many and calls countFrames once. */
@inline
export function frameFreeUncounted(page: Page): void {
  if (CHECKED) bugUnless(page.mapcount == 0, PANIC_MAPCOUNT, changetype<u32>(page), page.mapcount);
  mustNotBeInTlb(page);
  if (mappingIsKsm(page.mapping)) freeMerged(page);
  // RACE: who looks at every frame may still look at this one. It takes a reference, which a free page has not.
  writeOnce32(page.flagsAt, 0);
  writeOnce32(page.mappingAt, 0);
  pcpFree(ZONE_FRAMES, page);
}

/**
 * Makes a merged page forget its node. The node may still be looked up and lead here, so the mapping word is 0 before
 * the frame has references again. The barrier orders the two. Pairs with nodePageGet in ksm/node.ts, which takes a
 * reference and then reads the word.
 */
function freeMerged(page: Page): void {
  noteStaleNode(page.mapping);
  writeOnce32(page.mappingAt, 0);
  smpMb();
}

/** Gives an unused frame back: drops the `references` that it was allocated with. */
export function frameCancel(page: Page, references: u32): void {
  if (atomicSub32(page.refcountAt, references) == references) frameFree(page);
}
