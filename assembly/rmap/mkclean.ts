/**
 * Makes a file's page clean: every entry that may write to it loses that right, so that the next store takes a fault.
 */

import { readOnce32 } from "../arch/access";
import { xchg64 } from "../arch/rmw";
import { thisCpu } from "../arch/cpu";
import { PTE_DIRTY, PTE_WRITE, VM_SHARED } from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { flushTlbMm } from "../pt/flush";
import { pteLocked, setPteLocked } from "../pt/pte";
import { pteAt } from "../pt/table";
import { lockIfMapped, unlockMapped } from "./mapped";
import { rmapWalk } from "./walk";

/** Visitor. Cleans one entry. Cpu.referenced counts those that were dirty or writable. */
@unmanaged
class MkcleanOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    // A private mapping never has a writable entry of a file's page.
    if ((readOnce32(vma.flagsAt) & VM_SHARED) == 0) return true;
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    thisCpu().statWalkFound++;
    if ((pte & (PTE_WRITE | PTE_DIRTY)) != 0) {
      // The entry is cleared before the flush looks for CPUs that may remember it. Pairs with tlbBegin in arch/tlb.ts.
      xchg64(at, 0);
      flushTlbMm(changetype<Mm>(vma.mm));
      setPteLocked(at, pte & ~(PTE_WRITE | PTE_DIRTY));
      thisCpu().referenced++;
    }
    unlockMapped(leaf);
    return true;
  }
}

/**
 * Takes the right to write from every entry of a file's page. Returns how many entries had it or had used it. The page
 * is locked.
 */
export function folioMkclean(page: Page): u32 {
  thisCpu().referenced = 0;
  rmapWalk<MkcleanOne>(page, 0);
  return thisCpu().referenced;
}
