/**
 * Moving a mapping with its pages to another place, as in Linux 4.9 to 4.19: only dirty entries are flushed under
 * the table locks.
 *
 * 5d1904204c99 closed the race with page_mkclean(), for which only dirty entries matter. For a page that is freed,
 * a clean entry is just as bad: its reader gets what somebody else stores there.
 */

import { LOCK_PTE, PAGE_SIZE, PTE_DIRTY } from "../layout";
import { Mm } from "../obj/mm";
import { pteLocked, ptePresent, setPteLocked } from "../pt/pte";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { pteAt, ptlOf } from "../pt/table";
import { spinLock, spinLockNested, spinUnlock } from "../sync/spinlock";

/**
 * Moves the entries of [address, stop) of one leaf table to another, or within one. The old
 * addresses are flushed under both locks if one of the entries is dirty, else by the caller, at the end. True: there is
 * something to flush.
 */
function moveEntries(mm: Mm, fromLeaf: u64, address: u64, toLeaf: u64, there: u64, stop: u64): bool {
  const fromLock = ptlOf(fromLeaf);
  const toLock = ptlOf(toLeaf);
  spinLock(fromLock, LOCK_PTE);
  // Who else takes two table locks of this mm holds the mmap lock for writing: nobody.
  if (toLock != fromLock) spinLockNested(toLock, LOCK_PTE);
  flushTlbBatchedPending(mm);
  let stale = false;
  let written = false;
  let at = pteAt(fromLeaf, address);
  let to = pteAt(toLeaf, there);
  for (; address < stop; address += PAGE_SIZE, at += 8, to += 8) {
    const pte = pteLocked(at);
    if (pte == 0) continue;
    if (ptePresent(pte)) stale = true;
    if (ptePresent(pte) && (pte & PTE_DIRTY) != 0) written = true;
    setPteLocked(at, 0);
    setPteLocked(to, pte);
  }
  if (written) {
    flushTlbMm(mm);
    stale = false;
  }
  if (toLock != fromLock) spinUnlock(toLock);
  spinUnlock(fromLock);
  return stale;
}
