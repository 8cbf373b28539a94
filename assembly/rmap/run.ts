/**
 * A run of pages that reclaim looks at and unmaps together: mapped anonymous pages of one anon_vma, at rising page
 * offsets, each of them close behind the one before.
 *
 * The lock of the anon_vma's root is held once for all of them. Each leaf table is locked once for neighbouring
 * entries, and the swap area once for the entries of a table. So a writer waits for one run at most. Each page meets
 * its VMAs in the order in which a walk of its own would, and each entry is looked at under its table's lock. Linux
 * does the same for one page at a time.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicOr32 } from "../arch/rmw";
import { CPU_RUN, LOCK_PTE, LOCK_SWAP, PAGE_SIZE, PG_UNEVICTABLE, PTE_ACCESSED, VM_LOCKED } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { treeWalk } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent, setPteLocked } from "../pt/pte";
import { leafEnd, leafOfVma, pteAt, ptlOf } from "../pt/table";
import { swapArea } from "../swap/area";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { avcOfNode, ChainKey } from "./chain";
import { addressIn } from "./map_page";
import { LOCKED_IN_MEMORY } from "./referenced";
import { unmapEntry } from "./unmap";

/** A page of this CPU's run. It is locked, and the CPU holds a reference. */
@unmanaged
class RunPage {
  /** Its offset in its mapping. */
  index: u64;
  /** The struct page. */
  page: u32;
  /** Entries that were used since the last look, or LOCKED_IN_MEMORY. NOT_COLD: the page stays. */
  used: u32;
}

/** Not a count: nobody unmaps the page in this run. */
export const NOT_COLD: u32 = 0xffff_fffd;

/** Page `i` of this CPU's run. */
@inline
export function runPage(i: u32): RunPage {
  return changetype<RunPage>(changetype<usize>(thisCpu()) + CPU_RUN + i * offsetof<RunPage>());
}

/**
 * Visits the entries of this CPU's run of `count` pages, which `anonVma` owns. It counts in RunPage.used how many were
 * used. With `unmap` it unmaps the pages whose count is 0; those have slots. If an entry must stay, the page is
 * NOT_COLD. The lock of the anon_vma's root is held.
 */
export function walkRun(anonVma: AnonVma, count: u32, unmap: bool): void {
  const cpu = thisCpu();
  const low = runPage(0).index;
  const high = runPage(count - 1).index;
  cpu.statWalks += count;
  treeWalk(changetype<u32>(anonVma), changetype<AnonVma>(anonVma.root).rwsemAt);
  let node = intervalFirst<ChainKey>(anonVma.rbRootAt, low, high);
  for (; node != 0; node = intervalNext<ChainKey>(node, low, high)) {
    visitRun(changetype<Vma>(avcOfNode(node).vma), count, unmap);
  }
}

/** Visits the entries of the run's pages in one VMA. */
function visitRun(vma: Vma, count: u32, unmap: bool): void {
  const cpu = thisCpu();
  const swap = swapArea();
  const first = vma.pgoff;
  const last = first + vma.pages - 1;
  let leaf: u64 = 0;
  let end: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const run = runPage(i);
    const index = run.index;
    if (index < first) continue;
    if (index > last) break;
    if (run.used >= NOT_COLD || (unmap && run.used != 0)) continue;
    const address = addressIn(vma, index);
    if (address >= end) {
      if (leaf != 0) unlockRun(leaf, unmap);
      end = leafEnd(address);
      leaf = leafOfVma(vma, address);
      if (leaf != 0) {
        spinLock(ptlOf(leaf), LOCK_PTE);
        if (unmap) spinLock(swap.lockAt, LOCK_SWAP);
      }
    }
    if (leaf == 0) continue;
    cpu.statWalkVisited++;
    const page = changetype<Page>(run.page);
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    if (!ptePresent(pte) || pteIsZero(pte) || ptePage(pte) !== page) continue;
    if ((readOnce32(vma.flagsAt) & VM_LOCKED) != 0) {
      // The table's lock is held: whoever unlocks the range or unmaps the page takes this lock afterwards, and then
      // removes the mark.
      if (!unmap) atomicOr32(page.flagsAt, PG_UNEVICTABLE);
      run.used = unmap ? NOT_COLD : LOCKED_IN_MEMORY;
    } else if (unmap) {
      if (!unmapEntry(page, vma, address, at)) run.used = NOT_COLD;
    } else {
      cpu.statWalkFound++;
      if ((pte & PTE_ACCESSED) != 0) {
        setPteLocked(at, pte & ~PTE_ACCESSED);
        run.used++;
      }
    }
  }
  if (leaf != 0) unlockRun(leaf, unmap);
}

function unlockRun(leaf: u64, unmap: bool): void {
  if (unmap) spinUnlock(swapArea().lockAt);
  spinUnlock(ptlOf(leaf));
}
