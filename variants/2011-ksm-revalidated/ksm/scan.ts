/**
 * A scan, with the protocol of Linux 2.6.32 to this day: the list's next mm is taken when the scan leaves the one
 * before, since any other may go at any time.
 */

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
import { ksmCtl, ksmFirst, ksmLock, ksmNext, ksmUnlock, NOBODY } from "./list";
import { emptyUnstable } from "./unstable";
import { visit } from "./visit";

/** Makes `scans` complete scans. Without page content there is nothing to compare: nothing happens. */
export function ksmScan(scans: u32): void {
  if (ctl().content == CONTENT_NONE) return;
  ksmLock();
  for (let i: u32 = 0; i < scans; i++) scanOnce();
  ksmUnlock();
}

function scanOnce(): void {
  // A page in a batch has a reference too many to be merged.
  lruAddDrain();
  for (let at = ksmFirst(); at != NOBODY; ) at = ksmNext(changetype<Mm>(at), !scanMm(changetype<Mm>(at)));
  emptyUnstable();
}

/** One address space. False: it has nothing mergeable any more and shall leave the list. */
function scanMm(mm: Mm): bool {
  // The list names address spaces only, and they live.
  if (CHECKED) bugUnless(slabIsLive(SLAB_MM, changetype<u32>(mm)), PANIC_USE_AFTER_FREE, changetype<u32>(mm));
  rewindItems();
  let address: u64 = 0;
  let mergeable = false;
  while (true) {
    // The mmap lock is held for the search only: merging takes it again.
    mmapReadLock(mm);
    if (address == 0) mergeable = hasMergeable(mm);
    const found = nextPage(mm, address);
    mmapReadUnlock(mm);
    if (found == 0) break;
    const page = changetype<Page>(found);
    address = ksmCtl().address;
    const item = itemFor(mm, address);
    if (item != 0) visit(changetype<KsmItem>(item), page);
    putPage(page);
    address += PAGE_SIZE;
  }
  if (mergeable) forgetBelow(mm, 0xffff_ffff_ffff_ffff);
  return mergeable;
}

function hasMergeable(mm: Mm): bool {
  for (let at = mm.first; at != 0; at = changetype<Vma>(at).next) {
    if ((changetype<Vma>(at).flags & VM_MERGEABLE) != 0) return true;
  }
  return false;
}

/** The first anonymous page at or after `from` in a mergeable mapping, with a reference; its address goes to KsmCtl.address. 0: none. */
function nextPage(mm: Mm, from: u64): u32 {
  for (let at = findVma(mm, from); at != 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    if ((vma.flags & VM_MERGEABLE) == 0 || vma.anonVma == 0) continue;
    for (let address = nextLeaf(mm, max(from, vma.start), vma.end); address < vma.end; ) {
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
