/**
 * A store to a page that is mapped read-only: reuse it in place, or copy it. Mutant of 2011: after a reuse the VMA
 * is unlinked from its ancestors' anon_vmas.
 *
 * Hugh Dickins: "the anon_vma which was originally pointed to remains on the same vma's chains as it ever was, and
 * only gets freed up when they're all gone". Here it does not remain: the fault that moves one page takes the VMA
 * off the trees of all ancestors, though other pages are still theirs.
 */

import { thisCpu } from "../arch/cpu";
import { atomicOr32 } from "../arch/rmw";
import { PG_DIRTY, VM_SHARED } from "../layout";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { pteIsZero, ptePage } from "../pt/pte";
import { unlinkAncestors } from "../rmap/unlink_ancestors";
import { refInc } from "../sync/refcount";
import { countFault } from "./fault_step";

/** Handles the fault; comes with the table's lock held and the entry checked, and releases it. FAULT_*. */
export function doWpPage(vmf: Vmf): i32 {
  countFault(vmf);
  const vma = changetype<Vma>(vmf.vma);
  const page = ptePage(vmf.orig);
  if ((vma.flags & VM_SHARED) != 0) {
    atomicOr32(page.flagsAt, PG_DIRTY);
    thisCpu().statFaultFile++;
    return makeWritable(vmf, page);
  }
  if (pteIsZero(vmf.orig)) return copyPage(vmf, 0);
  const exclusive = isExclusive(page);
  if (mayReuse(page, vma)) {
    thisCpu().statFaultCow++;
    thisCpu().statReuse++;
    const result = makeWritable(vmf, page);
    // The mutant: the page was moved, so the ancestors are thought to be of no use any more.
    if (!exclusive) unlinkAncestors(vma);
    return result;
  }
  refInc(page.refcountAt); // it may be unmapped while the lock is dropped
  return copyPage(vmf, changetype<u32>(page));
}
