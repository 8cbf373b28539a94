/**
 * A scan visits every page of every mergeable mapping once, in the order in which the address spaces asked. It looks a
 * page that has not changed since the last scan up among the merged pages, then among those that wait in this scan. The
 * second of two equal pages becomes the merged page.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless, CHECKED } from "../arch/check";
import { ctl } from "../arch/cpu";
import { CONTENT_NONE, LOCK_PTE, PAGE_SIZE, PANIC_USE_AFTER_FREE, SLAB_MM, VM_MERGEABLE } from "../layout";
import { lruAddDrain } from "../lru/add";
import { putPage } from "../lru/release";
import { slabIsLive } from "../mem/slab";
import { KsmItem } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { pageAnon } from "../rmap/map_page";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { forgetBelow, itemFor, rewindItems } from "./item";
import { ksmCtl, ksmFirst, ksmLock, ksmNext, ksmRemoveLocked, ksmUnlock } from "./list";
import { emptyUnstable } from "./unstable";
import { visit } from "./visit";

/** Makes `scans` complete scans. Does nothing where frames have no content to compare. */
export function ksmScan(scans: u32): void {
  if (ctl().content == CONTENT_NONE) return;
  ksmLock();
  for (let i: u32 = 0; i < scans; i++) scanOnce();
  ksmUnlock();
}

function scanOnce(): void {
  // The batch's reference would keep a page from being merged.
  lruAddDrain();
  for (let at = ksmFirst(); at != 0;) {
    const mm = changetype<Mm>(at);
    at = ksmNext(mm);
    scanMm(mm);
  }
  emptyUnstable();
}

/** Scans one address space. One that has nothing mergeable any more leaves the list. */
function scanMm(mm: Mm): void {
  // The list holds live address spaces only.
  if (CHECKED) bugUnless(slabIsLive(SLAB_MM, changetype<u32>(mm)), PANIC_USE_AFTER_FREE, changetype<u32>(mm));
  rewindItems();
  mmapReadLock(mm);
  if (!hasMergeable(mm)) {
    // Under the mmap lock: a later madvise or fork, which holds it too, sees that the list lacks the mm, and enters it.
    ksmRemoveLocked(mm);
    mmapReadUnlock(mm);
    return;
  }
  let address: u64 = 0;
  while (true) {
    const found = nextPage(mm, address);
    mmapReadUnlock(mm);
    if (found == 0) break;
    const page = changetype<Page>(found);
    address = ksmCtl().address;
    const item = itemFor(mm, address);
    if (item != 0) visit(changetype<KsmItem>(item), page);
    putPage(page);
    address += PAGE_SIZE;
    // The mmap lock is held for the search only, because merging takes it again.
    mmapReadLock(mm);
  }
  forgetBelow(mm, 0xffff_ffff_ffff_ffff);
}

function hasMergeable(mm: Mm): bool {
  for (let at = mm.first; at != 0; at = changetype<Vma>(at).next) {
    if ((changetype<Vma>(at).flags & VM_MERGEABLE) != 0) return true;
  }
  return false;
}

/**
 * The first anonymous page at or after `from` in a mergeable mapping, with a reference; its address goes to
 * KsmCtl.address. 0: there is none. The mmap lock is held.
 */
function nextPage(mm: Mm, from: u64): u32 {
  for (let at = findVma(mm, from); at != 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    if ((vma.flags & VM_MERGEABLE) == 0 || readOnce32(vma.anonVmaAt) == 0) continue;
    for (let address = nextLeaf(mm, max(from, vma.start), vma.end); address < vma.end;) {
      const stop = min(leafEnd(address), vma.end);
      const leaf = leafOf(mm, address);
      spinLock(ptlOf(leaf), LOCK_PTE);
      for (; address < stop; address += PAGE_SIZE) {
        const pte = pteLocked(pteAt(leaf, address));
        if (!ptePresent(pte) || pteIsZero(pte) || !pageAnon(ptePage(pte))) continue;
        refInc(ptePage(pte).refcountAt);
        spinUnlock(ptlOf(leaf));
        ksmCtl().address = address;
        return changetype<u32>(ptePage(pte));
      }
      spinUnlock(ptlOf(leaf));
      address = nextLeaf(mm, stop, vma.end);
    }
  }
  return 0;
}
