/**
 * A scan, with the protocol of Linux 2.6.32 to this day: the scan takes the list's next mm only when it leaves
 * the one before, since any other may go at any time.
 */

import { bugUnless, CHECKED } from "../arch/check";
import { PAGE_SIZE, PANIC_USE_AFTER_FREE, SLAB_MM } from "../layout";
import { lruAddDrain } from "../lru/add";
import { putPage } from "../lru/release";
import { slabIsLive } from "../mem/slab";
import { KsmItem } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { forgetBelow, itemFor, rewindItems } from "./item";
import { ksmCtl, ksmFirst, ksmNext, NOBODY } from "./list";
import { emptyUnstable } from "./unstable";
import { visit } from "./visit";

function scanOnce(): void {
  // A page in a batch has a reference too many to be merged.
  lruAddDrain();
  for (let at = ksmFirst(); at != NOBODY;) {
    const mm = changetype<Mm>(at);
    const leaves = !scanMm(mm);
    at = ksmNext(mm, leaves);
    if (leaves) mmapReadUnlock(mm);
  }
  emptyUnstable();
}

/** One address space. False: it has nothing mergeable any more and shall leave the list; its mmap lock is still held. */
function scanMm(mm: Mm): bool {
  // The list names address spaces only, and they live.
  if (CHECKED) bugUnless(slabIsLive(SLAB_MM, changetype<u32>(mm)), PANIC_USE_AFTER_FREE, changetype<u32>(mm));
  rewindItems();
  mmapReadLock(mm);
  if (!hasMergeable(mm)) return false;
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
    // The mmap lock is held for the search only: merging takes it again.
    mmapReadLock(mm);
  }
  forgetBelow(mm, 0xffff_ffff_ffff_ffff);
  return true;
}
