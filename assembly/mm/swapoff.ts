/** swapoff brings everything back from swap. */

import { thisCpu } from "../arch/cpu";
import { CPU_VMF, ENOMEM, FAULT_OOM, LOCK_PTE, PAGE_SIZE, SWAP_CLUSTER } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { pteIsSwap, pteLocked } from "../pt/pte";
import { leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { tryToFreePages } from "../reclaim/vmscan";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { doSwapPage } from "./fault_swap";

/** Brings back every page of one address space. Returns how many, or -ENOMEM. */
export function swapoffMm(mm: Mm): i32 {
  const vmf = changetype<Vmf>(changetype<usize>(thisCpu()) + CPU_VMF);
  let result = 0;
  mmapReadLock(mm);
  for (let at = mm.first; at != 0 && result >= 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    let address = nextLeaf(mm, vma.start, vma.end);
    for (; address < vma.end && result >= 0; address = nextLeaf(mm, address + PAGE_SIZE, vma.end)) {
      const one = bringBack(vmf, mm, vma, address);
      result = one < 0 ? one : result + one;
    }
  }
  mmapReadUnlock(mm);
  return result;
}

/** Brings back the page at `address` if it is in swap. Returns 1 if it was, 0 if not, or -ENOMEM. */
function bringBack(vmf: Vmf, mm: Mm, vma: Vma, address: u64): i32 {
  const leaf = leafOf(mm, address);
  let back = 0;
  while (true) {
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(pteAt(leaf, address));
    spinUnlock(ptlOf(leaf));
    if (!pteIsSwap(pte)) return back;
    back = 1;
    vmf.address = address;
    vmf.mm = changetype<u32>(mm);
    vmf.vma = changetype<u32>(vma);
    vmf.write = 0;
    vmf.store = 0;
    vmf.vmaLocked = 0;
    vmf.counted = 1; // this is no fault of the process, so nobody counts it
    vmf.pte = <u32>pteAt(leaf, address);
    vmf.ptl = <u32>ptlOf(leaf);
    vmf.orig = pte;
    // Clean file pages can make room. Nothing goes out to swap meanwhile.
    if (doSwapPage(vmf) == FAULT_OOM && tryToFreePages(SWAP_CLUSTER) == 0) return -ENOMEM;
  }
}
