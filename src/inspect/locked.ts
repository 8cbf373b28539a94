/** Mappings that mlock has locked in memory: whether all of their pages are there. */

import { formatAddress } from "../text/numbers.js";
import { entriesOf } from "./entries.js";
import type { Inspector } from "./memory.js";
import { vmasOf } from "./vmas.js";

/**
 * Names a page of a locked mapping that is not in memory, in a sentence; undefined: there is none. An mlock that succeeded has
 * brought in every page of its range, and reclaim leaves them alone from then on. So it is a fault if every mlock has
 * succeeded, and no mapping was moved. An mlock that fails leaves its mappings locked, and may leave pages in swap. So does
 * one whose mapping mremap moves before its pages are brought in; and a place that mremap could not unmap stays locked, without
 * pages. In Linux both are so.
 *
 * Anonymous pages must not be in swap: some may never have been there, where a stack or a heap has grown. Pages of files must
 * be there. The engine must be quiescent.
 */
export function lockedAway(inspector: Inspector): string | undefined {
  const { control, vma, mm } = inspector;
  const locked = control.layout.constant("VM_LOCKED");
  const swap = control.layout.constant("PTE_SWAP");
  const present = control.layout.constant("PTE_PRESENT");
  const pageSize = control.layout.constant("PAGE_SIZE");
  for (const slot of inspector.slots()) {
    const root = mm.u32(inspector.mmOf(slot), "pgd");
    for (const at of vmasOf(inspector, slot)) {
      if ((vma.u32(at, "flags") & locked) === 0) continue;
      const mustBeThere = vma.u32(at, "file") !== 0;
      const end = vma.number(at, "end");
      const away = (address: number, where: string): string =>
        `the page at ${formatAddress(address)} of address space ${slot} is locked (mlock), and it is ${where}`;
      /** All pages below are there. */
      let next = vma.number(at, "start");
      for (const { address, low } of entriesOf(inspector, root, next, end)) {
        if (mustBeThere && address > next) return away(next, "not in memory");
        if ((low & (present | swap)) === swap) return away(address, "in swap");
        if ((low & present) !== 0) next = address + pageSize;
      }
      if (mustBeThere && next < end) return away(next, "not in memory");
    }
  }
  return undefined;
}
