/**
 * Unmapping a page everywhere, so that its frame can be used for something else: with a flush for the one address
 * only.
 *
 * Linux flushes the range that it unmapped. If the page was moved, a CPU may remember it under its old
 * address, and this flush does not reach that. So the CPU that moves it must flush there (CVE-2018-18281).
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import { PG_ANON_EXCLUSIVE, PG_DIRTY, PTE_DIRTY, VM_LOCKED } from "../layout";
import { putPage } from "../lru/release";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { mkSwapPte, pteLocked, setPteLocked } from "../pt/pte";
import { deferPageFlush } from "../pt/flush_page";
import { pteAt } from "../pt/table";
import { swapDup } from "../swap/area";
import { lockIfMapped, unlockMapped } from "./mapped";
import { lazyfree, pageAnon, removeRmap } from "./map_page";
import { clearUnlessPinned } from "./pin";

/** Replaces one entry: an anonymous page's by its slot, a file page's by none. */
@unmanaged
class TryToUnmapOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    if ((readOnce32(vma.flagsAt) & VM_LOCKED) != 0) {
      unlockMapped(leaf);
      return false;
    }
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    const free = lazyfree(page);
    if ((pte & PTE_DIRTY) != 0 && !free) atomicOr32(page.flagsAt, PG_DIRTY);
    if (!pageAnon(page)) {
      setPteLocked(at, 0);
    } else if (free) {
      if (!dropUnlessUsed(at, pte, page)) {
        unlockMapped(leaf);
        return false;
      }
    } else {
      const exclusive = (readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0;
      if (exclusive && !clearUnlessPinned(at, pte, page)) {
        unlockMapped(leaf);
        return false;
      }
      if (exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
      // Named before the entry is seen: the slot cannot go.
      swapDup(page.priv);
      setPteLocked(at, mkSwapPte(page.priv, exclusive));
    }
    deferPageFlush(changetype<Mm>(vma.mm), address);
    removeRmap(page);
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    putPage(page); // the entry's reference; the caller holds another
    return true;
  }
}
