/** Makes VMAs, copies them, puts them in place and gives them back. */

import { writeOnce32, writeLocked64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { SLAB_VMA } from "../layout";
import { fileGet, fileLink, filePut, fileUnlink } from "../file/mapping";
import { slabAlloc, slabFree } from "../mem/slab";
import { AddressSpace } from "../obj/file";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { unlinkAnonVmas } from "../rmap/unlink";
import { vmaMarkAttached, vmaStartWrite } from "../vma/lock";
import { vmaTreeInsert } from "../vma/tree";

/** Not the lockSeq of any mm: the VMA is not write-locked. */
const NEVER_LOCKED: u32 = 0xffff_ffff;

/** A detached VMA of `mm` without range, file or anon_vma; 0 without memory. */
export function vmaAlloc(mm: Mm): u32 {
  const at = slabAlloc(SLAB_VMA);
  if (at == 0) return 0;
  thisCpu().statVmaMade++;
  const vma = changetype<Vma>(at);
  // RACE: a lockless lookup that found the object's former self reads these. refcnt is 0, so it cannot lock the VMA.
  writeOnce32(vma.mmAt, changetype<u32>(mm));
  writeOnce32(vma.lockSeqAt, NEVER_LOCKED);
  vma.tables = 0;
  vma.flags = 0;
  vma.file = 0;
  vma.anonVma = 0;
  vma.avcFirst = 0;
  vma.avcLast = 0;
  vma.gap = 0;
  vma.subtreeGap = 0;
  vma.sharedLast = 0;
  return at;
}

/**
 * A detached copy of `from` for `mm`, or 0 without memory. It has the range, the flags, the file (with a reference) and
 * the anonVma pointer, but no chain.
 */
export function vmaDup(mm: Mm, from: Vma): u32 {
  const at = vmaAlloc(mm);
  if (at == 0) return 0;
  const vma = changetype<Vma>(at);
  // RACE: a lockless lookup that found the object's former self reads both. It looks again under the VMA's lock.
  writeLocked64(vma.startAt, from.start);
  writeLocked64(vma.endAt, from.end);
  vma.pgoff = from.pgoff;
  vma.flags = from.flags;
  vma.file = from.file;
  vma.anonVma = from.anonVma;
  if (vma.file != 0) fileGet(changetype<AddressSpace>(vma.file));
  return at;
}

/** Puts a VMA into its file's tree and into its mm. Its chain is complete. The mmap lock is held for writing. */
export function vmaInsert(mm: Mm, vma: Vma): void {
  if (vma.file != 0) fileLink(vma);
  vmaAttach(mm, vma);
}

/** Puts a VMA into its mm. The reverse maps have it already. The mmap lock is held for writing. */
export function vmaAttach(mm: Mm, vma: Vma): void {
  // It is locked before anyone can find it by its address: nobody may fault in it before the whole change is done.
  vmaStartWrite(vma);
  vmaTreeInsert(mm, vma);
  vmaMarkAttached(vma);
}

/** Gives back a VMA that was never in its mm: its chain, its file, its memory. */
export function vmaDiscard(vma: Vma): void {
  unlinkAnonVmas(vma);
  if (vma.file != 0) filePut(changetype<AddressSpace>(vma.file));
  slabFree(SLAB_VMA, changetype<u32>(vma));
}

/** Takes a VMA out of the reverse maps: no walk finds it any more. */
export function vmaUnlinkRmap(vma: Vma): void {
  unlinkAnonVmas(vma);
  if (vma.file != 0) fileUnlink(vma);
}

/** Gives back a detached VMA that is out of the reverse maps. */
export function vmaFree(vma: Vma): void {
  if (vma.file != 0) filePut(changetype<AddressSpace>(vma.file));
  slabFree(SLAB_VMA, changetype<u32>(vma));
}
