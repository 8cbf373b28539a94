/** Merging: making a page unwritable, comparing it once more, and letting an entry point to an equal page. */

import { readOnce32 } from "../arch/access";
import { atomicAdd32, atomicAnd32 } from "../arch/rmw";
import { delayPoint } from "../arch/delay";
import { LOCK_PTE, PG_ANON_EXCLUSIVE, PTE_DIRTY, PTE_WRITE, VM_MERGEABLE } from "../layout";
import { putPage } from "../lru/release";
import { contentCompare } from "../mem/content";
import { KsmItem, KsmNode } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { mkPte, pteIsZero, pteLocked, ptePage, ptePresent, setPteLocked } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { pageAnon, pageKsm, removeRmap } from "../rmap/map_page";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { attachItem, becomeMerged, stableInsert } from "./node";

/** The mergeable VMA of `mm` over `address`, or 0. The mmap lock is held. */
function mergeableVma(mm: Mm, address: u64): u32 {
  const at = findVma(mm, address);
  if (at == 0) return 0;
  const vma = changetype<Vma>(at);
  return vma.start <= address && (vma.flags & VM_MERGEABLE) != 0 && vma.anonVma != 0 ? at : 0;
}

/** The anonymous page that an item stands for, with a reference; 0: there is none any more. No lock is held. */
export function itemPageGet(item: KsmItem): u32 {
  const mm = changetype<Mm>(item.mm);
  let found: u32 = 0;
  mmapReadLock(mm);
  if (mergeableVma(mm, item.address) != 0) found = anonPageGet(mm, item.address);
  mmapReadUnlock(mm);
  return found;
}

/** The anonymous page that `address` maps, with a reference, or 0. The mmap lock is held. */
export function anonPageGet(mm: Mm, address: u64): u32 {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return 0;
  let found: u32 = 0;
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(pteAt(leaf, address));
  if (ptePresent(pte) && !pteIsZero(pte) && pageAnon(ptePage(pte))) {
    found = changetype<u32>(ptePage(pte));
    refInc(ptePage(pte).refcountAt);
  }
  spinUnlock(ptlOf(leaf));
  return found;
}

/** Turns `page`, which the item's mm maps, into the merged page of `node`, and attaches the item. The caller holds a reference. */
export function mergeFirst(item: KsmItem, page: Page, node: KsmNode): bool {
  const mm = changetype<Mm>(item.mm);
  let done = false;
  mmapReadLock(mm);
  const vma = mergeableVma(mm, item.address);
  if (vma != 0 && pageTrylock(page)) {
    if (pageAnon(page) && writeProtect(mm, item.address, page)) {
      becomeMerged(page, node);
      while (!stableInsert(node)) {} // until no stale node is in the way
      attachItem(item, page, changetype<Vma>(vma));
      done = true;
    }
    pageUnlock(page);
  }
  mmapReadUnlock(mm);
  return done;
}

/** Attaches an item to the merged page that its mm maps already: it came there by fork. */
export function joinMerged(item: KsmItem, page: Page): void {
  const mm = changetype<Mm>(item.mm);
  mmapReadLock(mm);
  const vma = mergeableVma(mm, item.address);
  if (vma != 0 && pageTrylock(page)) {
    if (pageKsm(page)) attachItem(item, page, changetype<Vma>(vma));
    pageUnlock(page);
  }
  mmapReadUnlock(mm);
}

/** Lets the item's entry point to the merged page `to` instead of `page` if they are equal, and attaches the item. */
export function mergeInto(item: KsmItem, page: Page, to: Page): bool {
  const mm = changetype<Mm>(item.mm);
  let done = false;
  mmapReadLock(mm);
  const vma = mergeableVma(mm, item.address);
  if (vma != 0 && pageTrylock(page)) {
    const still = pageAnon(page) && writeProtect(mm, item.address, page);
    delayPoint(6);
    // Nobody can write any more: only now the comparison counts.
    if (still && contentCompare(page, to) == 0) done = replace(mm, item.address, page, to);
    pageUnlock(page);
    if (done) {
      if (pageTrylock(to)) {
        attachItem(item, to, changetype<Vma>(vma));
        pageUnlock(to);
      }
    }
  }
  mmapReadUnlock(mm);
  return done;
}

/**
 * Makes the entry read-only, and sure that nobody else can write: a reference that is neither an
 * entry's nor the scanner's may be a reader or writer of its own kind (a pin, an LRU isolation).
 * The page is locked. False: leave it alone.
 */
function writeProtect(mm: Mm, address: u64, page: Page): bool {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return false;
  const at = pteAt(leaf, address);
  let ok = false;
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(at);
  if (ptePresent(pte) && !pteIsZero(pte) && ptePage(pte) === page) {
    const exclusive = (readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0;
    ok = true;
    if (exclusive || (pte & (PTE_WRITE | PTE_DIRTY)) != 0) {
      ok = readOnce32(page.refcountAt) == readOnce32(page.mapcountAt) + 1;
      if (ok) {
        setPteLocked(at, pte & ~(PTE_WRITE | PTE_DIRTY));
        if (exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
      }
    }
  }
  spinUnlock(ptlOf(leaf));
  return ok;
}

/** Points the read-only entry to `to`. The page is locked. */
function replace(mm: Mm, address: u64, page: Page, to: Page): bool {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return false;
  const at = pteAt(leaf, address);
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(at);
  const same = ptePresent(pte) && !pteIsZero(pte) && ptePage(pte) === page && (pte & PTE_WRITE) == 0;
  if (same) {
    refInc(to.refcountAt);
    atomicAdd32(to.mapcountAt, 1);
    setPteLocked(at, mkPte(to, 0));
    removeRmap(page);
  }
  spinUnlock(ptlOf(leaf));
  if (same) putPage(page); // the entry's reference
  return same;
}
