/** Replaces merged pages by private copies: before a mapping moves, and when madvise ends merging. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { LOCK_PTE, PAGE_SIZE, PTE_DIRTY, VM_LOCKED } from "../layout";
import { lruAdd } from "../lru/add";
import { makeEvictable } from "../lru/evictable";
import { putPage } from "../lru/release";
import { contentCopy } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { flushTlbMm } from "../pt/flush";
import { mkPte, pteIsZero, pteLocked, ptePage, ptePresent, pteUnchanged, setPteLocked } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { addNewAnonRmap, isExclusive, pageAnon, pageKsm, removeRmap } from "../rmap/map_page";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";

/** Copies every merged page in [start, end) of `vma`. False: no memory. The mmap lock is held. */
export function breakKsm(mm: Mm, vma: Vma, start: u64, end: u64): bool {
  if (readOnce32(vma.anonVmaAt) == 0) return true;
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    for (; address < stop; address += PAGE_SIZE) {
      if (!breakOne(mm, vma, address)) return false;
    }
  }
  return true;
}

/** Copies the merged page at `address`, if there is one. */
export function breakKsmAt(mm: Mm, address: u64): void {
  mmapReadLock(mm);
  const at = findVma(mm, address);
  if (at != 0 && changetype<Vma>(at).start <= address) breakOne(mm, changetype<Vma>(at), address);
  mmapReadUnlock(mm);
}

/** Copies the merged page at `address`, if there is one. False: no memory. */
function breakOne(mm: Mm, vma: Vma, address: u64): bool {
  return copyIf(mm, vma, address, true);
}

/**
 * Gives `vma` a page of its own at `address` if it shares one, for reading as well as for writing. False: no memory.
 * The mmap lock is held.
 */
export function unshare(mm: Mm, vma: Vma, address: u64): bool {
  return readOnce32(vma.anonVmaAt) == 0 || copyIf(mm, vma, address, false);
}

/**
 * Copies the anonymous page at `address` if it is merged, or, with `mergedOnly` false, if this address space shares it.
 * The copy is read-only, so the next store takes a fault and checks the mapping's rights. False: no memory.
 */
function copyIf(mm: Mm, vma: Vma, address: u64, mergedOnly: bool): bool {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return true; // another mapping stands here now, and nothing of it was touched
  const at = pteAt(leaf, address);
  while (true) {
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(at);
    const old = ptePage(pte);
    const present = ptePresent(pte) && !pteIsZero(pte);
    const shared = present && (mergedOnly ? pageKsm(old) : pageAnon(old) && !isExclusive(old));
    if (shared) refInc(old.refcountAt);
    spinUnlock(ptlOf(leaf));
    if (!shared) return true;

    const fresh = frameAlloc(2); // the entry's reference and the LRU batch's
    if (fresh == 0) {
      putPage(old);
      return false;
    }
    const page = changetype<Page>(fresh);
    contentCopy(page, old);
    spinLock(ptlOf(leaf), LOCK_PTE);
    const same = pteLocked(at) == pte;
    if (same) {
      addNewAnonRmap(page, vma, address);
      setPteLocked(at, 0);
      flushTlbMm(mm);
      setPteLocked(at, mkPte(page, PTE_DIRTY | pteUnchanged(pte)));
      thisCpu().anonDelta--; // the old page counted as well
      removeRmap(old);
    }
    spinUnlock(ptlOf(leaf));
    if (same && (vma.flags & VM_LOCKED) != 0) makeEvictable(old);
    putPage(old);
    if (same) {
      putPage(old); // the entry's
      lruAdd(page);
      return true;
    }
    frameCancel(page, 2); // a fault changed the entry first: look again
  }
}
