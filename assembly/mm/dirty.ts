/**
 * Which pages of an address space changed. Time is cut into periods: a collection tells which pages changed in the
 * period that ends, and begins the next one.
 *
 * Each entry says it. PTE_UNCHANGED means that nobody stored to the page through this entry in this period. Whoever
 * makes an entry leaves the mark out, unless the content is what was there before: swapping, moving and merging keep
 * it. The first store in a period takes the mark away, and goes by the page table for that, because a TLB does not
 * learn the right to store together with the mark (tlbFill). PTE_DROPPED stands where a page went while its mapping
 * stayed. The marks cost nothing where nobody collects.
 *
 * A device stores to a pinned page without any entry. So a pinned page gets no mark. Each side sets its own mark before
 * it looks at the other's, as in rmap/pin.ts: pinFast sees PTE_UNCHANGED, or the collection sees the pin.
 */

import { writeOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { xchg64 } from "../arch/rmw";
import {
  DIRTY_BEGIN,
  DIRTY_END,
  DIRTY_LOOK,
  GATHER,
  LOCK_PTE,
  PAGE_SHIFT,
  PAGE_SIZE,
  PTE_DROPPED,
  PTE_UNCHANGED,
  TASK_SIZE,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { pteIsZero, pteLocked, ptePage, ptePresent, setPteLocked } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { pageMaybePinned } from "../rmap/pin";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";

/** A run of pages is one word: the address of its first page, and in the low bits its length in pages. */
const LENGTH: u64 = PAGE_SIZE - 1;
/** Most runs of one call. A 0 stands behind them. */
const RUNS: u32 = GATHER / 2 - 1;

/**
 * Goes through the entries from `from` on and does what `mode`, DIRTY_*, says. The runs of pages that changed go to
 * this CPU's gather list, ascending, and a 0 ends them. Cpu.accessValue is where it stopped, because the list was full,
 * or TASK_SIZE. DIRTY_BEGIN does nothing if the changes are tracked already.
 */
export function dirty(mm: Mm, from: u64, mode: u32): void {
  const cpu = thisCpu();
  let stop: u64 = TASK_SIZE;
  cpu.referenced = 0;
  if (mode == DIRTY_END) {
    writeOnce32(mm.trackedAt, 0);
  } else if (mode != DIRTY_BEGIN || mm.tracked == 0) {
    if (mode == DIRTY_BEGIN) writeOnce32(mm.trackedAt, 1);
    mmapReadLock(mm);
    for (let at = findVma(mm, from); at != 0 && stop == TASK_SIZE; at = changetype<Vma>(at).next) {
      const end = changetype<Vma>(at).end;
      let address = nextLeaf(mm, max(from, changetype<Vma>(at).start), end);
      while (address < end) {
        const last = min(leafEnd(address), end);
        address = collect(mm, address, last, mode);
        if (address < last) {
          stop = address;
          break;
        }
        address = nextLeaf(mm, address, end);
      }
    }
    mmapReadUnlock(mm);
  }
  cpu.setGatherRun(cpu.referenced, 0);
  cpu.accessValue = stop;
}

/**
 * Does that for [address, end) of one leaf table. Cpu.referenced counts the runs. Returns the address where it stopped:
 * `end`, unless the list is full.
 */
function collect(mm: Mm, address: u64, end: u64, mode: u32): u64 {
  const cpu = thisCpu();
  const leaf = leafOf(mm, address);
  let at = pteAt(leaf, address);
  let stale = false;
  spinLock(ptlOf(leaf), LOCK_PTE);
  // Another CPU may have taken an entry away, and a store may still come through a TLB until it has flushed.
  flushTlbBatchedPending(mm);
  for (; address < end; address += PAGE_SIZE, at += 8) {
    const pte = pteLocked(at);
    if (pte == 0 || (pte & PTE_UNCHANGED) != 0) continue;
    if (mode != DIRTY_BEGIN) {
      const runs = cpu.referenced;
      let run = runs != 0 ? cpu.gatherRun(runs - 1) : LENGTH;
      const length = run & LENGTH;
      if (length == LENGTH || address != run - length + (length << PAGE_SHIFT)) {
        if (runs == RUNS) break;
        cpu.referenced++;
        run = address;
      }
      cpu.setGatherRun(cpu.referenced - 1, run + 1);
    }
    if (mode != DIRTY_LOOK && beginPeriod(at, pte)) stale = true;
  }
  if (stale) flushTlbMm(mm);
  spinUnlock(ptlOf(leaf));
  return address;
}

/**
 * Marks the entry at `at`, which is `pte`, as unchanged. True: a TLB may still let stores pass. The table's lock is
 * held.
 */
function beginPeriod(at: usize, pte: u64): bool {
  if (!ptePresent(pte) || pteIsZero(pte)) {
    setPteLocked(at, pte == PTE_DROPPED ? 0 : pte | PTE_UNCHANGED);
    return false;
  }
  // A full barrier before the count is read. Pairs with pinGet in rmap/pin.ts.
  xchg64(at, pte | PTE_UNCHANGED);
  if (!pageMaybePinned(ptePage(pte))) return true;
  // Orders nothing: an exchange, so that pinFast never reads half of the entry.
  xchg64(at, pte);
  return false;
}
