/** The reverse map as an operation: who maps this page? */

import { thisCpu } from "../arch/cpu";
import { EFAULT, LOCK_PTE, TASK_SIZE } from "../layout";
import { putPage } from "../lru/release";
import { MappingList } from "../obj/mappings";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { lockIfMapped, unlockMapped } from "../rmap/mapped";
import { rmapWalk } from "../rmap/walk";
import { pageLock, pageUnlock } from "../sync/pagelock";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";

/** Notes each mapping in the list at `arg`. */
@unmanaged
class Collect {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    const list = changetype<MappingList>(arg);
    if (list.found < list.room) {
      list.at(list.found).space = changetype<Mm>(vma.mm).slot;
      list.at(list.found).address = address;
    }
    list.found++;
    return true;
  }
}

/**
 * Finds every mapping of the page that `address` maps. The buffer at `buffer` holds a MappingList with room for `room`
 * entries. The number of mappings goes to Cpu.accessValue. Returns 0, or -EFAULT if nothing is mapped there.
 */
export function findMappings(mm: Mm, address: u64, buffer: u32, room: u32): i32 {
  if (address >= TASK_SIZE) return -EFAULT;
  const found = pageAtGet(mm, address);
  if (found == 0) return -EFAULT;
  const page = changetype<Page>(found);
  const list = changetype<MappingList>(buffer);
  list.found = 0;
  list.room = room;
  pageLock(page);
  rmapWalk<Collect>(page, buffer);
  pageUnlock(page);
  putPage(page);
  thisCpu().accessValue = list.found;
  return 0;
}

/** The page that `address` maps, with a reference; 0: none, or the zero page, which has no owner. */
export function pageAtGet(mm: Mm, address: u64): u32 {
  let found: u32 = 0;
  mmapReadLock(mm);
  const leaf = leafOf(mm, address);
  if (leaf != 0) {
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(pteAt(leaf, address));
    if (ptePresent(pte) && !pteIsZero(pte)) {
      found = changetype<u32>(ptePage(pte));
      refInc(changetype<Page>(found).refcountAt);
    }
    spinUnlock(ptlOf(leaf));
  }
  mmapReadUnlock(mm);
  return found;
}
