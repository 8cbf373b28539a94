/**
 * Merging. Mutant of 2015: nobody asks whether a page has other users.
 *
 * write_protect_page() compares the page's references with its mappings after the entry was cleared, because "there
 * may be a direct IO or an isolated page". Minchan Kim's argument of 12 May 2015 rests on that comparison. This
 * mutant leaves it out.
 */

import { readOnce32 } from "../arch/access";
import { atomicAnd32, atomicOr32, xchg64 } from "../arch/rmw";
import { LOCK_PTE, PG_ANON_EXCLUSIVE, PG_DIRTY, PTE_DIRTY, PTE_WRITE } from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { flushTlbMm } from "../pt/flush";
import { pteIsZero, pteLocked, ptePage, ptePresent, setPteLocked } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * Makes the entry read-only, and sure that nobody else can write: a reference that is neither an
 * entry's nor the scanner's may be a reader or writer of its own kind (a pin, an LRU isolation).
 * The page is locked. False: leave it alone.
 */
function writeProtect(mm: Mm, address: u64, page: Page): bool {
  const leaf = leafOf(mm, address);
  if (leaf == 0) return false;
  const at = pteAt(leaf, address);
  let ok = false;
  spinLock(ptlOf(leaf), LOCK_PTE);
  const pte = pteLocked(at);
  if (ptePresent(pte) && !pteIsZero(pte) && ptePage(pte) === page) {
    const exclusive = (readOnce32(page.flagsAt) & PG_ANON_EXCLUSIVE) != 0;
    ok = true;
    if (exclusive || (pte & (PTE_WRITE | PTE_DIRTY)) != 0) {
      // Gone first, then the count: a pinner that comes now sees that the entry has changed.
      xchg64(at, 0);
      flushTlbMm(mm);
      // The mutant: whoever else holds it.
      if (ok && exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
      // Or reclaim would take a page that may be dropped for one that nobody wrote since.
      if (ok && (pte & PTE_DIRTY) != 0) atomicOr32(page.flagsAt, PG_DIRTY);
      setPteLocked(at, ok ? pte & ~(PTE_WRITE | PTE_DIRTY) : pte);
    }
  }
  spinUnlock(ptlOf(leaf));
  return ok;
}
