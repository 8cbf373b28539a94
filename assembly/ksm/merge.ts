/** Merging: makes a page read-only, compares it once more, and points an entry to an equal page. */

import { readOnce32 } from "../arch/access";
import { atomicAdd32, atomicAnd32, atomicOr32, xchg64 } from "../arch/rmw";
import { delayPoint } from "../arch/delay";
import {
  DELAY_PAGE_PROTECTED,
  LOCK_PTE,
  PG_ANON_EXCLUSIVE,
  PG_DIRTY,
  PTE_DIRTY,
  PTE_WRITE,
  VM_LOCKED,
  VM_MERGEABLE,
} from "../layout";
import { makeEvictable } from "../lru/evictable";
import { putPage } from "../lru/release";
import { contentCompare } from "../mem/content";
import { KSM_LOOSE, KsmItem, KsmNode } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { flushTlbMm } from "../pt/flush";
import { mkPte, pteIsZero, pteLocked, ptePage, ptePresent, pteUnchanged, setPteLocked } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { anonVmaOfMapping } from "../rmap/lock";
import { isExclusive, linearPageIndex, pageAnon, pageKsm, removeRmap } from "../rmap/map_page";
import { nodeOfMapping } from "../rmap/walk_ksm";
import { pageTrylock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { addRoot, attachItem, becomeMerged, detachItem, rootAlloc, rootFree, stableInsert } from "./node";

/** The mergeable VMA of `mm` over `address`, or 0. The mmap lock is held. */
function mergeableVma(mm: Mm, address: u64): u32 {
  const at = findVma(mm, address);
  if (at == 0) return 0;
  const vma = changetype<Vma>(at);
  return vma.start <= address && (vma.flags & VM_MERGEABLE) != 0 && readOnce32(vma.anonVmaAt) != 0 ? at : 0;
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
function anonPageGet(mm: Mm, address: u64): u32 {
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

/**
 * Turns `page`, which the item's mm maps, into the merged page of `node`, and attaches the item. The caller holds a
 * reference. False: the page cannot be merged now, or no memory.
 */
export function mergeFirst(item: KsmItem, page: Page, node: KsmNode): bool {
  const root = rootAlloc();
  if (root == 0) return false;
  const mm = changetype<Mm>(item.mm);
  let done = false;
  mmapReadLock(mm);
  if (mergeableVma(mm, item.address) != 0 && pageTrylock(page)) {
    // Every VMA that shares the page is linked to the page's anon_vma.
    const owner = anonVmaOfMapping(page.mapping);
    if (owner != 0 && writeProtect(mm, item.address, page)) {
      addRoot(node, owner, page.index, root);
      becomeMerged(page, node);
      stableInsert(node);
      attachItem(item, page);
      done = true;
    }
    pageUnlock(page);
  }
  mmapReadUnlock(mm);
  if (!done) rootFree(root);
  return done;
}

/** Attaches an item to the merged page that its mm already maps: fork copied the entry. */
export function joinMerged(item: KsmItem, page: Page): void {
  const mm = changetype<Mm>(item.mm);
  mmapReadLock(mm);
  const vma = mergeableVma(mm, item.address);
  if (vma != 0 && pageTrylock(page)) {
    if (pageKsm(page)) attachItem(item, page);
    pageUnlock(page);
  }
  mmapReadUnlock(mm);
}

/**
 * Points the item's entry to the merged page `to` instead of `page` if the two are equal, and attaches the item. False:
 * it did not, or no memory.
 */
export function mergeInto(item: KsmItem, page: Page, to: Page): bool {
  const root = rootAlloc();
  if (root == 0) return false;
  const mm = changetype<Mm>(item.mm);
  let done = false;
  mmapReadLock(mm);
  const vma = mergeableVma(mm, item.address);
  if (vma != 0 && pageTrylock(page)) {
    if (pageTrylock(to)) {
      done = pageKsm(to) && replaceIfEqual(item, page, to, changetype<Vma>(vma), root);
      pageUnlock(to);
    }
    pageUnlock(page);
  }
  mmapReadUnlock(mm);
  if (!done) rootFree(root);
  return done;
}

/** The same with both pages locked. */
function replaceIfEqual(item: KsmItem, page: Page, to: Page, vma: Vma, root: u32): bool {
  const mm = changetype<Mm>(item.mm);
  if (anonVmaOfMapping(page.mapping) == 0 || !writeProtect(mm, item.address, page)) return false;
  delayPoint(DELAY_PAGE_PROTECTED);
  // Nobody can write any more, so the result of this comparison stays true.
  if (contentCompare(page, to) != 0) return false;
  // The root comes before the entry points to the page, so that no walk misses the entry.
  addRoot(nodeOfMapping(to.mapping), readOnce32(vma.anonVmaAt), linearPageIndex(vma, item.address), root);
  attachItem(item, to);
  if (replace(mm, item.address, page, to)) {
    if ((vma.flags & VM_LOCKED) != 0) makeEvictable(page);
    return true;
  }
  // The node keeps the root, which does no harm.
  detachItem(item);
  item.state = KSM_LOOSE;
  return true;
}

/**
 * Makes the entry read-only and checks that nobody else can write. A reference that belongs to neither an entry nor the
 * scanner may be a pin or an LRU isolation, which read or write the page on their own. The page is locked. False: do
 * not merge it.
 */
function writeProtect(mm: Mm, address: u64, page: Page): bool {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return false;
  const at = pteAt(leaf, address);
  let ok = false;
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(at);
  if (ptePresent(pte) && !pteIsZero(pte) && ptePage(pte) === page) {
    const exclusive = isExclusive(page);
    ok = true;
    if (exclusive || (pte & (PTE_WRITE | PTE_DIRTY)) != 0) {
      // The entry is cleared before the count is read: a pinner that comes now sees that the entry has changed. The
      // exchange is the full barrier. Pairs with pinGet in rmap/pin.ts.
      xchg64(at, 0);
      flushTlbMm(mm);
      ok = readOnce32(page.refcountAt) == readOnce32(page.mapcountAt) + 1;
      if (ok && exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
      // The entry's dirty bit moves to the page. Otherwise reclaim would drop the page as one that nobody has written
      // since madvise(MADV_FREE).
      if (ok && (pte & PTE_DIRTY) != 0) atomicOr32(page.flagsAt, PG_DIRTY);
      setPteLocked(at, ok ? pte & ~(PTE_WRITE | PTE_DIRTY) : pte);
    }
  }
  spinUnlock(ptlOf(leaf));
  return ok;
}

/** Points the read-only entry to `to`. The page is locked. False: the entry has changed. */
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
    setPteLocked(at, 0);
    flushTlbMm(mm);
    setPteLocked(at, mkPte(to, pteUnchanged(pte)));
    removeRmap(page);
  }
  spinUnlock(ptlOf(leaf));
  if (same) putPage(page); // the entry's reference
  return same;
}
