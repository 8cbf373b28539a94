/**
 * Unmapping a page everywhere, so that its frame can be used for something else: with a flush for the one address
 * only.
 *
 * Linux flushes the range that it unmapped. If the page was moved, a CPU may remember it under its old
 * address, and this flush does not reach that. So the CPU that moves it must flush there (CVE-2018-18281).
 */

import { atomicAddPair } from "../arch/rmw";
import { thisCpu } from "../arch/cpu";
import { PG_ANON_EXCLUSIVE, PTE_DIRTY } from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { deferPageFlush } from "../pt/flush_page";
import { mkHole, mkSwapPte, pteLocked, pteUnchanged, setPteLocked } from "../pt/pte";
import { swapDupLocked } from "../swap/area";
import { refDecAndTest } from "../sync/refcount";
import { isExclusive, lazyfree, pageAnon, removeRmap, removeRmapAlone } from "./map_page";
import { clearUnlessPinned } from "./pin";

/**
 * Unmaps the page from the entry at `at`, which maps it at `address` of `vma`, and drops the entry's reference. False:
 * it must stay. The table's lock is held, and the swap area's if the page has a slot. The caller holds the page lock
 * and another reference.
 */
export function unmapEntry(page: Page, vma: Vma, address: u64, at: usize): bool {
  const pte = pteLocked(at);
  const free = lazyfree(page);
  if ((pte & PTE_DIRTY) != 0 && !free) markDirty(page);
  const exclusive = isExclusive(page);
  const hole = mkHole(changetype<Mm>(vma.mm));
  if (!pageAnon(page)) {
    // The tracking of changes finds what a device stores by the entry.
    if (hole != 0 && !clearUnlessPinned(at, pte, page)) return false;
    setPteLocked(at, pteUnchanged(pte) != 0 ? 0 : hole);
  } else if (free) {
    if (!dropUnlessUsed(at, pte, page)) return false;
    if (hole != 0) setPteLocked(at, hole);
  } else {
    if (exclusive && !clearUnlessPinned(at, pte, page)) return false;
    // The slot is counted before the entry names it, so that it cannot go.
    setPteLocked(at, mkSwapPte(swapDupLocked(page.priv), exclusive) | pteUnchanged(pte));
  }
  deferPageFlush(changetype<Mm>(vma.mm), address);
  if (exclusive) {
    // The page gets another entry only from this one, or from the swap cache under the page lock. So nobody else
    // changes the bit or the count of mappings. The bit goes in one step with the reference.
    removeRmapAlone(page);
    atomicAddPair(page.flagsAt, -(<i32>PG_ANON_EXCLUSIVE), -1);
  } else {
    removeRmap(page);
    refDecAndTest(page.refcountAt);
  }
  thisCpu().statWalkFound++;
  return true;
}
