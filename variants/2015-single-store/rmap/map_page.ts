/**
 * The reverse map's side of every change of an entry. 2015: the mapping word of a page that moves is stored at once,
 * with the windows before and after the store held open.
 *
 * The merged form, WRITE_ONCE in page_move_anon_rmap() (Linux 414e2fb8ce5a). Minchan Kim, 12 May 2015, was not sure
 * that any compiler splits the store, and "in favor of the patch to make sure future-proof". Expected clean also for
 * a reader that does not lock the page.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { bugUnless, CHECKED } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicAdd32, atomicAnd32, atomicOr32, atomicSub32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import { EVENT_MAPPING, MAPPING_ANON, MAPPING_KSM, PAGE_SHIFT, PANIC_I5, PANIC_I8, PANIC_MAPCOUNT, PG_ANON_EXCLUSIVE, PG_SWAPBACKED, PG_SWAPCACHE, PG_UPTODATE } from "../layout";
import { mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";

/** The page offset that an address of a VMA stands for. */
@inline
export function linearPageIndex(vma: Vma, address: u64): u64 {
  return vma.pgoff + ((address - vma.start) >> PAGE_SHIFT);
}

/**
 * The first mapping of a new page, for `vma` alone. Before the entry is visible, so that whoever
 * finds the page finds its owner; with the table's lock held.
 */
@inline
export function addNewAnonRmap(page: Page, vma: Vma, address: u64): void {
  if (CHECKED) bugUnless(vma.anonVma != 0, PANIC_I5, changetype<u32>(page), changetype<u32>(vma));
  mustBeLive(vma.anonVma);
  trace(EVENT_MAPPING, changetype<u32>(page), vma.anonVma | MAPPING_ANON);
  page.index = linearPageIndex(vma, address);
  page.mapping = vma.anonVma | MAPPING_ANON;
  page.mapcount = 1;
  page.flags |= PG_SWAPBACKED | PG_ANON_EXCLUSIVE | PG_UPTODATE;
  thisCpu().anonDelta++;
}

/**
 * Fork maps an anonymous page a second time: it is nobody's alone from now on. The entry that maps
 * it in the parent is, or is being made, read-only; both tables' locks are held.
 */
@inline
export function dupAnonRmap(page: Page): void {
  if ((readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
  atomicAdd32(page.mapcountAt, 1);
}

/** Whether an anonymous page may be dropped instead of written, if nobody stored to it since: madvise(MADV_FREE). */
@inline
export function lazyfree(page: Page): bool {
  return pageAnon(page) && (readOnce32(page.flagsAt) & PG_SWAPBACKED) == 0;
}

/** One more mapping of a page of a file. The table's lock is held. */
@inline
export function addFileRmap(page: Page): void {
  atomicAdd32(page.mapcountAt, 1);
}

/** One mapping less. The entry is gone already, the table's lock is held; the mapping word stays: a racing add may need it. */
@inline
export function removeRmap(page: Page): void {
  const was = atomicSub32(page.mapcountAt, 1);
  bugUnless(<i32>was > 0, PANIC_MAPCOUNT, changetype<u32>(page), was);
}

/**
 * removeRmap for who unmaps. An exclusive page outside of the swap cache has this entry only, and
 * can get no other while its table's lock is held: nobody else changes the count.
 */
@inline
export function removeRmapZapped(page: Page): void {
  if ((readOnce32(page.flagsAt) & (PG_ANON_EXCLUSIVE | PG_SWAPCACHE)) != PG_ANON_EXCLUSIVE) {
    removeRmap(page);
    return;
  }
  if (CHECKED) bugUnless(readOnce32(page.mapcountAt) == 1, PANIC_MAPCOUNT, changetype<u32>(page), readOnce32(page.mapcountAt));
  writeOnce32(page.mapcountAt, 0);
}

/**
 * After a copy-on-write fault found the page to be the faulting VMA's alone: its owner is from now
 * on that VMA's own anon_vma, a descendant with the same root. One store, pointer and tag together
 * (Linux 414e2fb8ce5a, 2015). The page is locked.
 */
export function moveAnonRmap(page: Page, vma: Vma): void {
  mustBeLive(vma.anonVma);
  trace(EVENT_MAPPING, changetype<u32>(page), vma.anonVma | MAPPING_ANON);
  bugUnless(
    changetype<AnonVma>(vma.anonVma).root == changetype<AnonVma>(page.mapping - MAPPING_ANON).root,
    PANIC_I8, changetype<u32>(page), changetype<u32>(vma),
  );
  delayPoint(44);
  writeOnce32(page.mappingAt, vma.anonVma | MAPPING_ANON);
  delayPoint(45);
  atomicOr32(page.flagsAt, PG_ANON_EXCLUSIVE);
}

/** Whether the page is a merged one: anonymous, and never written in place. */
@inline
export function pageKsm(page: Page): bool {
  return (readOnce32(page.mappingAt) & 3) == MAPPING_KSM;
}

/** Whether the page is anonymous (a merged one too). */
@inline
export function pageAnon(page: Page): bool {
  return (readOnce32(page.mappingAt) & MAPPING_ANON) != 0;
}
