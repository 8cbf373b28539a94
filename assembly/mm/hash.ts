/**
 * A hash over the content of an address space's own pages. It is the same wherever the pages are: in frames, in swap,
 * or on the way between two frames.
 *
 * It covers, in address order, the address and content of every anonymous page. These are private memory after the
 * first write (a private mapping of a file counts where it was written), merged pages, and pages in swap. It leaves out
 * what a memory limit may change unnoticed: pages of files and of shared memory, and the shared zero page, which stands
 * for memory that was never written.
 */

import { readOnce64 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { CONTENT_FULL, CONTENT_NONE, LOCK_PTE, LOCK_SWAP, PAGE_SHIFT, PAGE_SIZE, PTE_MIG_ANON } from "../layout";
import { putPage } from "../lru/release";
import { contentAt } from "../mem/content";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsMigration, pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent, pteSlot } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { pageAnon } from "../rmap/map_page";
import { swapArea } from "../swap/area";
import { pageSwapcache, pageUnlockSwap, swapCacheGetOr } from "../swap/cache";
import { slotContentAt } from "../swap/io";
import { pageLock } from "../sync/pagelock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

/**
 * The hash goes to Cpu.accessValue. It brings nothing in and changes nothing. Mappings cannot change meanwhile. A store
 * that is made meanwhile may be in the hash or not.
 */
export function contentHash(mm: Mm): void {
  let sum: u64 = PRIME;
  mmapReadLock(mm);
  for (let at = mm.first; at != 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    for (let address = nextLeaf(mm, vma.start, vma.end); address < vma.end; address = nextLeaf(mm, address, vma.end)) {
      const stop = min(leafEnd(address), vma.end);
      const leaf = leafOf(mm, address);
      // Whether there is an entry is asked under the table's lock too: who unmaps or moves a page takes its entry away
      // for a moment, under that lock, to look for pins.
      for (; address < stop; address += PAGE_SIZE) sum = hashEntry(sum, leaf, address);
    }
  }
  mmapReadUnlock(mm);
  sum ^= sum >> 32;
  sum *= PRIME;
  thisCpu().accessValue = sum ^ (sum >> 29);
}

/** Adds one more page to `sum`, if the entry for `address` is an anonymous page's. */
function hashEntry(sum: u64, leaf: u64, address: u64): u64 {
  const at = pteAt(leaf, address);
  while (true) {
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(at);
    const slot = pteSlot(pte);
    let swapped = false;
    let content: usize = 0;
    if (ptePresent(pte)) {
      if (!pteIsZero(pte) && pageAnon(ptePage(pte))) content = contentAt(ptePage(pte));
    } else if (pteIsMigration(pte)) {
      // The mover holds the page, and its content stays the same, as long as this entry is there.
      if ((pte & PTE_MIG_ANON) != 0) content = contentAt(ptePage(pte));
    } else if (pteIsSwap(pte)) {
      // The entry keeps the slot. The area's lock keeps any page from caching it.
      spinLock(swapArea().lockAt, LOCK_SWAP);
      if (swapArea().cached(slot) == 0) sum = hashPage(sum, address, slotContentAt(slot));
      else swapped = true;
      spinUnlock(swapArea().lockAt);
    }
    if (content != 0) sum = hashPage(sum, address, content);
    spinUnlock(ptlOf(leaf));
    if (!swapped) return sum;
    const found = lockCached(slot);
    if (found == 0) continue;
    const page = changetype<Page>(found);
    spinLock(ptlOf(leaf), LOCK_PTE);
    const same = pteLocked(at) == pte;
    if (same) sum = hashPage(sum, address, contentAt(page));
    spinUnlock(ptlOf(leaf));
    pageUnlockSwap(page);
    putPage(page);
    if (same) return sum;
  }
}

/**
 * The page that caches the slot, locked and with a reference, so that it is neither being filled nor written out. 0: no
 * page caches the slot any more.
 */
function lockCached(slot: u32): u32 {
  const found = swapCacheGetOr(slot, 0);
  if (found == 0) return 0;
  const page = changetype<Page>(found);
  pageLock(page);
  if (pageSwapcache(page) && page.priv == slot) return found;
  pageUnlockSwap(page);
  putPage(page);
  return 0;
}

/** Adds the page at `address` to `sum`. Its words stand at `at`. */
function hashPage(sum: u64, address: u64, at: usize): u64 {
  const content = ctl().content;
  const words: u32 = content == CONTENT_FULL ? PAGE_SIZE >> 3 : content == CONTENT_NONE ? 0 : 1;
  sum = (rotl(sum, 23) ^ (address >> PAGE_SHIFT)) * PRIME;
  for (let i: u32 = 0; i < words; i++) sum = (rotl(sum, 23) ^ readOnce64(at + (i << 3))) * PRIME;
  return sum;
}
