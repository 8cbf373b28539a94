/**
 * Unmapping a page everywhere, with a window before the batch's flush.
 *
 * The engine's file lacks the delay point at the end of each entry's turn. There the entry is gone, its flush is noted
 * for the batch, and the table's lock is released, so that mprotect can look. Reclaim has put its flushes off like this
 * since Linux 72b252aed506 (2015); the race is in Linux 3ea277194daa, “mm, mprotect: flush TLB if potentially
 * racing with a parallel reclaim leaving stale TLB entries” (Mel Gorman, July 2017, after Nadav Amit's report).
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicAnd32, atomicOr32 } from "../arch/rmw";
import { DELAY_FLUSH_DEFERRED, PG_ANON_EXCLUSIVE, PG_DIRTY, PTE_DIRTY, VM_LOCKED } from "../layout";
import { putPage } from "../lru/release";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { mkSwapPte, pteLocked, setPteLocked } from "../pt/pte";
import { deferTlbFlush } from "../pt/flush";
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
    deferTlbFlush(changetype<Mm>(vma.mm));
    removeRmap(page);
    unlockMapped(leaf);
    delayPoint(DELAY_FLUSH_DEFERRED);
    thisCpu().statWalkFound++;
    putPage(page); // the entry's reference; the caller holds another
    return true;
  }
}
