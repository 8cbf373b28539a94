/** The reverse map's part in every change of an entry: who owns the page, and how often it is mapped. */

import { readOnce32, writeOnce32, rcuDereference, writeLocked64 } from "../arch/access";
import { bugUnless, CHECKED } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { atomicAdd32, atomicAddPair, atomicAnd32, atomicSub32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import {
  EVENT_MAPPING,
  MAPPING_ANON,
  PAGE_SHIFT,
  PANIC_I5,
  PANIC_MAPCOUNT,
  PANIC_REFCOUNT,
  PG_ANON_EXCLUSIVE,
  PG_SWAPBACKED,
  PG_SWAPCACHE,
  PG_UPTODATE,
} from "../layout";
import { mustBeLive } from "../mem/shadow";
import { mappingIsAnon, mappingIsKsm, Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { refInc } from "../sync/refcount";

/** The page offset that an address of a VMA stands for: the index of the page there. */
@inline
export function linearPageIndex(vma: Vma, address: u64): u64 {
  return vma.pgoff + ((address - vma.start) >> PAGE_SHIFT);
}

/** The address in a VMA at which a page stands whose offset in its mapping is `index`: linearPageIndex turned round. */
@inline
export function addressIn(vma: Vma, index: u64): u64 {
  return vma.start + ((index - vma.pgoff) << PAGE_SHIFT);
}

/** Whether the anonymous page is one address space's alone. */
@inline
export function isExclusive(page: Page): bool {
  return (readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0;
}

/**
 * The first mapping of a new page, for `vma` alone. Made before the entry is visible, so that whoever finds the page
 * finds its owner. The table's lock is held.
 */
@inline
export function addNewAnonRmap(page: Page, vma: Vma, address: u64): void {
  addNewAnonRmapUncounted(page, vma, address);
  thisCpu().anonDelta++;
}

/** As addNewAnonRmap, for a caller that maps many pages and adds their number to Cpu.anonDelta. */
@inline
export function addNewAnonRmapUncounted(page: Page, vma: Vma, address: u64): void {
  // Another CPU may have set it, under locks that this one does not hold. Pairs with anonVmaPrepareSlow in
  // rmap/prepare.ts.
  const anonVma = rcuDereference(vma.anonVmaAt);
  if (CHECKED) bugUnless(anonVma != 0, PANIC_I5, changetype<u32>(page), changetype<u32>(vma));
  mustBeLive(anonVma);
  trace(EVENT_MAPPING, changetype<u32>(page), anonVma | MAPPING_ANON);
  // RACE: who finds the page by its entry or on a list is ordered by that lock. Who looks at every frame is not: it may
  // meet the page between these stores. isMade (reclaim/made.ts) asks for the last one first.
  writeLocked64(page.indexAt, linearPageIndex(vma, address));
  own(page, anonVma | MAPPING_ANON);
  writeOnce32(page.mapcountAt, 1);
  writeOnce32(page.flagsAt, readOnce32(page.flagsAt) | PG_SWAPBACKED | PG_ANON_EXCLUSIVE | PG_UPTODATE);
}

/** Stores the owner of a new page. A scan of every frame reads what the owner holds through this pointer. */
@inline
function own(page: Page, mapping: u32): void {
  writeOnce32(page.mappingAt, mapping);
}

/**
 * Fork maps an anonymous page a second time, with a reference. The page is nobody's alone from now on. The parent's
 * entry is read-only, or is being made so. Both tables' locks are held.
 *
 * An exclusive page that is not in the swap cache has the parent's entry only, and gets no other while its table's lock
 * is held. So nobody else changes the count of its mappings or the bit.
 */
@inline
export function dupAnonRmap(page: Page): void {
  const flags = readOnce32(page.flagsAt);
  if ((flags & (PG_ANON_EXCLUSIVE | PG_SWAPCACHE)) == PG_ANON_EXCLUSIVE) {
    const before = atomicAddPair(page.flagsAt, -(<i32>PG_ANON_EXCLUSIVE), 1);
    bugUnless(<i32>(before >> 32) > 0, PANIC_REFCOUNT, changetype<u32>(page), <u32>(before >> 32));
    writeOnce32(page.mapcountAt, readOnce32(page.mapcountAt) + 1);
    return;
  }
  refInc(page.refcountAt);
  if ((flags & PG_ANON_EXCLUSIVE) != 0) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
  atomicAdd32(page.mapcountAt, 1);
}

/**
 * Whether reclaim may drop an anonymous page instead of writing it, if nobody stored to it since: madvise(MADV_FREE).
 */
@inline
export function lazyfree(page: Page): bool {
  return pageAnon(page) && (readOnce32(page.flagsAt) & PG_SWAPBACKED) == 0;
}

/** Counts one more mapping of a page of a file. The table's lock is held. */
@inline
export function addFileRmap(page: Page): void {
  atomicAdd32(page.mapcountAt, 1);
}

/**
 * Counts one mapping less. The entry is gone already, and the table's lock is held. The mapping word stays, because
 * another CPU may be adding a mapping.
 */
@inline
export function removeRmap(page: Page): void {
  const was = atomicSub32(page.mapcountAt, 1);
  bugUnless(<i32>was > 0, PANIC_MAPCOUNT, changetype<u32>(page), was);
}

/**
 * As removeRmap, for unmapping. An exclusive page that is not in the swap cache has this entry only, and gets no other
 * while its table's lock is held. So nobody else changes the count.
 */
@inline
export function removeRmapZapped(page: Page): void {
  if ((readOnce32(page.flagsAt) & (PG_ANON_EXCLUSIVE | PG_SWAPCACHE)) != PG_ANON_EXCLUSIVE) {
    removeRmap(page);
    return;
  }
  removeRmapAlone(page);
}

/** As removeRmap, for the only mapping of a page that gets no other meanwhile. */
@inline
export function removeRmapAlone(page: Page): void {
  if (CHECKED) {
    const count = readOnce32(page.mapcountAt);
    bugUnless(count == 1, PANIC_MAPCOUNT, changetype<u32>(page), count);
  }
  writeOnce32(page.mapcountAt, 0);
}

/** Whether the page is merged: anonymous, and never written in place. */
@inline
export function pageKsm(page: Page): bool {
  return mappingIsKsm(readOnce32(page.mappingAt));
}

/** Whether the page is anonymous, merged or not. */
@inline
export function pageAnon(page: Page): bool {
  return mappingIsAnon(readOnce32(page.mappingAt));
}
