/** Copying page tables at fork. */

import { thisCpu } from "../arch/cpu";
import {
  LOCK_PTE,
  PAGE_SIZE,
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_MIG_ANON,
  PTE_MIG_WRITE,
  PTE_SWP_EXCLUSIVE,
  VM_SHARED,
} from "../layout";
import { lruAdd } from "../lru/add";
import { contentCopy } from "../mem/content";
import { frameAlloc } from "../mem/frame";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import {
  mkPte,
  pteIsMigration,
  pteIsSwap,
  pteIsZero,
  pteLocked,
  ptePage,
  ptePresent,
  pteSlot,
  pteWritable,
  pteWrprotect,
  setPteLocked,
} from "../pt/pte";
import { leafAlloc, leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { addFileRmap, addNewAnonRmap, dupAnonRmap, isExclusive, pageAnon } from "../rmap/map_page";
import { pageMaybePinned } from "../rmap/pin";
import { refInc } from "../sync/refcount";
import { swapDup } from "../swap/area";
import { spinLock, spinLockNested, spinUnlock } from "../sync/spinlock";

/**
 * Copies the entries of `vma`, a mapping of `parent`, to `copy`, a mapping of `child`. False: no memory. Both mmap
 * locks are held for writing.
 */
export function copyRange(child: Mm, parent: Mm, vma: Vma, copy: Vma): bool {
  const end = vma.end;
  for (let address = nextLeaf(parent, vma.start, end); address < end;) {
    const stop = min(leafEnd(address), end);
    const to = leafAlloc(child, address);
    if (to == 0) return false;
    if (!copyEntries(to, leafOf(parent, address), address, stop, vma, copy)) return false;
    address = nextLeaf(parent, stop, end);
  }
  return true;
}

/**
 * Copies the entries of one leaf table in [address, stop). Writable private entries become read-only on both sides.
 * False: no memory.
 */
function copyEntries(toLeaf: u64, fromLeaf: u64, address: u64, stop: u64, vma: Vma, copy: Vma): bool {
  const isPrivate = (vma.flags & VM_SHARED) == 0;
  const toLock = ptlOf(toLeaf);
  const fromLock = ptlOf(fromLeaf);
  spinLock(toLock, LOCK_PTE);
  // Nobody who holds the parent's lock knows the child's table, so this order cannot deadlock.
  spinLockNested(fromLock, LOCK_PTE);
  let from = pteAt(fromLeaf, address);
  let to = pteAt(toLeaf, address);
  let anon: i32 = 0;
  let ok = true;
  for (; address < stop; address += PAGE_SIZE, from += 8, to += 8) {
    let pte = pteLocked(from);
    if (!ptePresent(pte)) {
      if (pte != 0) anon += copyAbsent(pte, from, to, isPrivate);
      continue;
    }
    if (!pteIsZero(pte)) {
      const page = ptePage(pte);
      const isAnon = pageAnon(page);
      if (isAnon && isExclusive(page) && pageMaybePinned(page)) {
        // A pinned page must stay the parent's alone, so the child gets a copy now.
        ok = copyPinned(page, copy, address, to);
        if (!ok) break;
        continue;
      }
      if (isPrivate && pteWritable(pte)) {
        pte = pteWrprotect(pte);
        setPteLocked(from, pte);
      }
      if (isAnon) {
        dupAnonRmap(page);
        anon++;
      } else {
        refInc(page.refcountAt);
        addFileRmap(page);
      }
    }
    setPteLocked(to, pte & ~(PTE_ACCESSED | (isPrivate ? 0 : PTE_DIRTY)));
  }
  thisCpu().anonDelta += anon;
  spinUnlock(fromLock);
  spinUnlock(toLock);
  return ok;
}

/**
 * Copies an entry whose page is in swap or is being moved. Returns how many anonymous pages the child got. Both tables'
 * locks are held.
 */
function copyAbsent(pte: u64, from: usize, to: usize, isPrivate: bool): i32 {
  if (pteIsSwap(pte)) {
    // Two entries name the slot now, so the page is no longer one address space's alone.
    pte &= ~PTE_SWP_EXCLUSIVE;
    swapDup(pteSlot(pte));
    setPteLocked(from, pte);
    setPteLocked(to, pte);
    return 1;
  }
  if (!pteIsMigration(pte)) return 0;
  // removeMigrationPtes will find the child's entry as well, because the child's VMA is in the tree already.
  pte &= ~(PTE_SWP_EXCLUSIVE | (isPrivate ? PTE_MIG_WRITE : 0));
  setPteLocked(from, pte);
  setPteLocked(to, pte);
  return (pte & PTE_MIG_ANON) != 0 ? 1 : 0;
}

/** Gives the child a copy of the page at `address` in its VMA `copy`. False: no memory. Both tables' locks are held. */
function copyPinned(page: Page, copy: Vma, address: u64, to: usize): bool {
  const fresh = frameAlloc(2); // the entry's reference and the LRU batch's
  if (fresh == 0) return false;
  contentCopy(changetype<Page>(fresh), page);
  addNewAnonRmap(changetype<Page>(fresh), copy, address);
  setPteLocked(to, mkPte(changetype<Page>(fresh), PTE_DIRTY));
  lruAdd(changetype<Page>(fresh));
  return true;
}
