/** mlock and munlock: pages that reclaim leaves alone. */

import { readOnce32 } from "../arch/access";
import { atomicAnd32, cmpxchg32 } from "../arch/rmw";
import { EINVAL, ENOMEM, LOCK_LRU, LOCK_PTE, PAGE_SIZE, PG_LRU, PG_UNEVICTABLE, VM_LOCKED } from "../layout";
import { lruAddLocked, lruDelLocked, lruvecOfFlags } from "../lru/list";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { pageAlign } from "./munmap";
import { populate } from "./populate";
import { vmaModifyFlags } from "./split";

/** The system calls. mlock brings every page in; a hole ends both with -ENOMEM after the mappings before it were changed. */
export function mlock(mm: Mm, start: u64, length: u64, lock: bool): i32 {
  const first = start & ~(<u64>PAGE_SIZE - 1);
  const end = pageAlign(start + length);
  if (end == first) return 0;
  if (end < first) return -EINVAL;
  mmapWriteLock(mm);
  const result = lockRange(mm, first, end, lock);
  mmapWriteUnlock(mm);
  if (result != 0 || !lock) return result;
  return populate(mm, first, end) ? 0 : -ENOMEM;
}

function lockRange(mm: Mm, start: u64, end: u64, lock: bool): i32 {
  let at = findVma(mm, start);
  let address = start;
  while (address < end) {
    if (at == 0 || changetype<Vma>(at).start > address) return -ENOMEM;
    const vma = changetype<Vma>(at);
    const stop = min(vma.end, end);
    const flags = lock ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
    let covered = at;
    if (flags != vma.flags) {
      covered = vmaModifyFlags(mm, vma, address, stop, flags);
      if (covered == 0) return -ENOMEM;
      if (!lock) releasePages(mm, address, stop);
    }
    address = changetype<Vma>(covered).end;
    at = changetype<Vma>(covered).next;
  }
  return 0;
}

/** Puts the range's unevictable pages back on the lists that are scanned. If another mapping locks them, reclaim finds out again. */
function releasePages(mm: Mm, start: u64, end: u64): void {
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address, end)) {
    const stop = min(leafEnd(address), end);
    const leaf = leafOf(mm, address);
    spinLock(ptlOf(leaf), LOCK_PTE);
    for (; address < stop; address += PAGE_SIZE) {
      const pte = pteLocked(pteAt(leaf, address));
      if (ptePresent(pte) && !pteIsZero(pte)) makeEvictable(ptePage(pte));
    }
    spinUnlock(ptlOf(leaf));
  }
}

/**
 * The page is mapped, and the table's lock keeps it so. The flag names the list that the page is on: it changes under the
 * list's lock, or while the page is on none, which has to be so in the very moment of the change.
 */
function makeEvictable(page: Page): void {
  let flags = readOnce32(page.flagsAt);
  while ((flags & PG_UNEVICTABLE) != 0) {
    if ((flags & PG_LRU) == 0) {
      const found = cmpxchg32(page.flagsAt, flags, flags & ~PG_UNEVICTABLE);
      if (found == flags) return;
      flags = found;
      continue;
    }
    const lruvec = lruvecOfFlags(flags);
    spinLock(lruvec.lockAt, LOCK_LRU);
    flags = readOnce32(page.flagsAt);
    if ((flags & PG_LRU) != 0 && lruvecOfFlags(flags) === lruvec) {
      lruDelLocked(page, lruvec);
      flags = atomicAnd32(page.flagsAt, ~PG_UNEVICTABLE) & ~PG_UNEVICTABLE;
      lruAddLocked(page, lruvec);
    }
    spinUnlock(lruvec.lockAt);
  }
}
