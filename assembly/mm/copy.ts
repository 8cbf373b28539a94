/** Copying page tables at fork. */

import { thisCpu } from "../arch/cpu";
import { LOCK_PTE, PAGE_SIZE, PTE_ACCESSED, PTE_DIRTY, VM_SHARED } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent, pteWritable, pteWrprotect, setPteLocked } from "../pt/pte";
import { leafAlloc, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { addFileRmap, dupAnonRmap, pageAnon } from "../rmap/map_page";
import { refInc } from "../sync/refcount";
import { spinLock, spinLockNested, spinUnlock } from "../sync/spinlock";

const LEAF_SPAN: u64 = 512 << 12;

/** Gives `child` the entries of `vma`, an mapping of `parent`. False: no memory for a table. Both mmap locks are held for writing. */
export function copyRange(child: Mm, parent: Mm, vma: Vma): bool {
  const end = vma.end;
  for (let address = nextLeaf(parent, vma.start, end); address < end; ) {
    const stop = min((address & ~(LEAF_SPAN - 1)) + LEAF_SPAN, end);
    const to = leafAlloc(child, address);
    if (to == 0) return false;
    copyEntries(to, leafOf(parent, address), address, stop, (vma.flags & VM_SHARED) == 0);
    address = nextLeaf(parent, stop, end);
  }
  return true;
}

/** Copies one leaf table's entries in [address, stop); private writable ones become read-only on both sides. */
function copyEntries(toLeaf: u64, fromLeaf: u64, address: u64, stop: u64, isPrivate: bool): void {
  const toLock = ptlOf(toLeaf);
  const fromLock = ptlOf(fromLeaf);
  spinLock(toLock, LOCK_PTE);
  // The child's table is known to nobody who holds the parent's lock.
  spinLockNested(fromLock, LOCK_PTE);
  let from = pteAt(fromLeaf, address);
  let to = pteAt(toLeaf, address);
  let anon: i32 = 0;
  for (; address < stop; address += PAGE_SIZE, from += 8, to += 8) {
    let pte = pteLocked(from);
    if (!ptePresent(pte)) continue;
    if (!pteIsZero(pte)) {
      const page = ptePage(pte);
      if (isPrivate && pteWritable(pte)) {
        pte = pteWrprotect(pte);
        setPteLocked(from, pte);
      }
      refInc(page.refcountAt);
      if (pageAnon(page)) {
        dupAnonRmap(page);
        anon++;
      } else {
        addFileRmap(page);
      }
    }
    setPteLocked(to, pte & ~(PTE_ACCESSED | (isPrivate ? 0 : PTE_DIRTY)));
  }
  thisCpu().anonDelta += anon;
  spinUnlock(fromLock);
  spinUnlock(toLock);
}
