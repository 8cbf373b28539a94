/** A fault on an entry that names a swap slot: brings the page back. */

import { readOnce32, storeRelease32, writeLocked64, writeOnce32, rcuDereference } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAdd32, atomicAddPair } from "../arch/rmw";
import {
  FAULT_DONE,
  FAULT_OOM,
  FAULT_RETRY,
  LOCK_PTE,
  MAPPING_ANON,
  NOTICE_SWAP_IN,
  PG_ANON_EXCLUSIVE,
  PG_SWAPBACKED,
  PG_SWAPCACHE,
  PG_UPTODATE,
  PTE_DIRTY,
  PTE_SWP_EXCLUSIVE,
  PTE_WRITE,
  VM_WRITE,
} from "../layout";
import { lruAdd } from "../lru/add";
import { putPage } from "../lru/release";
import { contentCopy } from "../mem/content";
import { frameAlloc, frameCancel } from "../mem/frame";
import { countFaultAs } from "../mem/notice";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { mkPte, pteLocked, pteSlot, pteUnchanged, setPteLocked } from "../pt/pte";
import { pageMapped } from "../rmap/lock";
import { addNewAnonRmap, linearPageIndex, pageKsm } from "../rmap/map_page";
import { anonOwner } from "../rmap/owner";
import { pageLock, pageTrylock, pageUnlock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { swapArea } from "../swap/area";
import { pageSwapcache, pageUnlockSwap, STALE_SLOT, swapCacheGetOr, swapPutOfPage } from "../swap/cache";
import { swapRead } from "../swap/io";
import { accessPage, countFault, faultAnonPrepare } from "./fault_step";

/** Handles the fault. FAULT_*. */
export function doSwapPage(vmf: Vmf): i32 {
  countFault(vmf);
  const prepared = faultAnonPrepare(vmf);
  if (prepared != FAULT_DONE) return prepared;
  const slot = pteSlot(vmf.orig);
  const at = slotPageLock(slot);
  if (at == 0) return FAULT_OOM;
  if (at == STALE_SLOT) return FAULT_RETRY;
  const page = changetype<Page>(at);
  // While this CPU waited for the lock, the page may have left the cache or come back for another slot.
  let result = FAULT_RETRY;
  if (pageSwapcache(page) && page.priv == slot) {
    const vma = changetype<Vma>(vmf.vma);
    result = fits(page, vma, vmf.address) ? mapIt(vmf, page) : mapCopy(vmf, page);
  }
  pageUnlockSwap(page);
  putPage(page);
  return result;
}

/**
 * The slot's page with a reference and locked, read in if it is not cached. 0: no memory. STALE_SLOT: no entry names
 * the slot any more.
 */
function slotPageLock(slot: u32): u32 {
  // RACE: the cache is asked without its lock whether a page is needed. The answer is looked at again under the lock.
  let found = readOnce32(swapArea().cachedAt(slot)) != 0 ? swapCacheGetOr(slot, 0) : 0;
  if (found != 0) return lockFound(found);
  const at = frameAlloc(3); // the caller's reference, the cache's and the LRU batch's
  if (at == 0) return 0;
  const page = changetype<Page>(at);
  // RACE: who looks at every frame may read the flags. Without a mapping word it leaves the page alone.
  writeOnce32(page.flagsAt, PG_SWAPBACKED | PG_UPTODATE | PG_SWAPCACHE);
  pageTrylock(page); // nobody knows the page yet, so this succeeds
  found = swapCacheGetOr(slot, at);
  if (found != 0) {
    pageUnlock(page);
    frameCancel(page, 3);
    return lockFound(found);
  }
  swapRead(page);
  lruAdd(page);
  countFaultAs(NOTICE_SWAP_IN);
  return at;
}

/** Locks what was found in the cache, unless it is STALE_SLOT. Returns it. */
function lockFound(found: u32): u32 {
  if (found != STALE_SLOT) pageLock(changetype<Page>(found));
  return found;
}

/**
 * Whether the page can be this VMA's at this address: it has no owner yet, or one of the same family and the same
 * offset.
 */
function fits(page: Page, vma: Vma, address: u64): bool {
  if (page.mapping == 0) return true;
  if (pageKsm(page)) return false;
  const root = changetype<AnonVma>(page.mapping - MAPPING_ANON).root;
  // Pairs with anonVmaPrepareSlow in rmap/prepare.ts.
  return changetype<AnonVma>(rcuDereference(vma.anonVmaAt)).root == root && page.index == linearPageIndex(vma, address);
}

/** Maps the locked page. */
function mapIt(vmf: Vmf, page: Page): i32 {
  const vma = changetype<Vma>(vmf.vma);
  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    return FAULT_RETRY;
  }
  const exclusive = (vmf.orig & PTE_SWP_EXCLUSIVE) != 0;
  if (page.mapping == 0) {
    // RACE: who asks a frame without its lock may read both. Release: who sees the owner sees the offset. Pairs with
    // isMade in reclaim/made.ts.
    writeLocked64(page.indexAt, linearPageIndex(vma, vmf.address));
    storeRelease32(page.mappingAt, anonOwner(vma, exclusive) | MAPPING_ANON);
  }
  // Without an entry the page gets none while it is locked, so nobody else changes the count of mappings.
  if (pageMapped(page)) atomicAdd32(page.mapcountAt, 1);
  else writeOnce32(page.mapcountAt, 1);
  // An exclusive entry was the only one, and the page lost the bit with it.
  atomicAddPair(page.flagsAt, exclusive ? PG_ANON_EXCLUSIVE : 0, 1);
  // A store to a shared page is left to a fault of its own.
  const writable = exclusive && vmf.write != 0 && (vma.flags & VM_WRITE) != 0;
  const done = vmf.write == 0 || writable;
  setPteLocked(vmf.pte, mkPte(page, writable ? PTE_WRITE | PTE_DIRTY : PTE_DIRTY | pteUnchanged(vmf.orig)));
  if (done) accessPage(vmf, page);
  // The slot is given up last: until the entry is there it must not go.
  swapPutOfPage(page);
  spinUnlock(vmf.ptl);
  return done ? FAULT_DONE : FAULT_RETRY;
}

/** Maps a copy of the locked page. The page was merged before it went out, and its owner is a stranger's. */
function mapCopy(vmf: Vmf, page: Page): i32 {
  const fresh = frameAlloc(2);
  if (fresh == 0) return FAULT_OOM;
  const copy = changetype<Page>(fresh);
  contentCopy(copy, page);
  spinLock(vmf.ptl, LOCK_PTE);
  if (pteLocked(vmf.pte) != vmf.orig) {
    spinUnlock(vmf.ptl);
    frameCancel(copy, 2);
    return FAULT_RETRY;
  }
  addNewAnonRmap(copy, changetype<Vma>(vmf.vma), vmf.address);
  thisCpu().anonDelta--; // the page was already counted while it was out
  setPteLocked(vmf.pte, mkPte(copy, PTE_DIRTY | pteUnchanged(vmf.orig)));
  swapPutOfPage(page);
  spinUnlock(vmf.ptl);
  lruAdd(copy);
  return FAULT_RETRY; // the retry makes the access through the new entry
}
