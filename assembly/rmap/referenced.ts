/** Finds out whether a page was used lately: reads and clears the accessed bit of every entry that maps it. */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { atomicOr32 } from "../arch/rmw";
import { PG_UNEVICTABLE, PTE_ACCESSED, VM_LOCKED } from "../layout";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteLocked, setPteLocked } from "../pt/pte";
import { pteAt } from "../pt/table";
import { lockIfMapped, unlockMapped } from "./mapped";
import { rmapTryWalk } from "./walk";

/**
 * Visitor. Counts in Cpu.referenced the entries that were used since the last time. With `arg` the page is isolated and
 * may be marked as unevictable.
 */
@unmanaged
class ReferencedOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    if ((readOnce32(vma.flagsAt) & VM_LOCKED) != 0) {
      // The table's lock is held: whoever unlocks the range or unmaps the page takes this lock afterwards, and then
      // removes the mark.
      if (arg != 0) atomicOr32(page.flagsAt, PG_UNEVICTABLE);
      unlockMapped(leaf);
      thisCpu().referenced = LOCKED_IN_MEMORY;
      return false;
    }
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    if ((pte & PTE_ACCESSED) != 0) {
      setPteLocked(at, pte & ~PTE_ACCESSED);
      thisCpu().referenced++;
    }
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    return true;
  }
}

/** Not a count: a mapping of the page is locked in memory. */
export const LOCKED_IN_MEMORY: u32 = 0xffff_ffff;

/** Not a count: a writer holds a lock of the reverse map. Reclaim looks at other pages meanwhile, as in Linux. */
export const RMAP_CONTENDED: u32 = 0xffff_fffe;

/**
 * How many entries used the page since the last time, LOCKED_IN_MEMORY, or RMAP_CONTENDED. The page is locked. With
 * `mark` the caller has isolated it, and it becomes unevictable if it is locked in memory.
 */
export function folioReferenced(page: Page, mark: bool = false): u32 {
  const cpu = thisCpu();
  cpu.referenced = 0;
  if (!rmapTryWalk<ReferencedOne>(page, mark ? 1 : 0)) {
    cpu.statContended++;
    return RMAP_CONTENDED;
  }
  return cpu.referenced;
}
