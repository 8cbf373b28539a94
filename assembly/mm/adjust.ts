/**
 * Moves the borders of one or two VMAs at once. Everything that their keys depend on is locked: the caller holds the
 * mmap lock and the VMAs' own locks, and this file takes the tree locks of the file and the anon_vmas. A reverse-map
 * walk therefore sees the ranges before or after the move, never between.
 */

import { LOCK_I_MMAP, PAGE_SHIFT } from "../layout";
import { fileEndMoved, fileLinkLocked, fileUnlinkLocked } from "../file/mapping";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { Vma } from "../obj/vma";
import { anonVmaLockWrite, anonVmaUnlockWrite } from "../rmap/anon_vma";
import { anonVmaCloneLocked } from "../rmap/clone";
import { chainEndMoved, chainPostUpdate, chainPreUpdate } from "../rmap/chain";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { vmaSetRange } from "../vma/tree";

/** Gives `vma` the range [start, end) at page offset `pgoff`. */
export function vmaAdjust(vma: Vma, start: u64, end: u64, pgoff: u64): void {
  const anonVma = lockTrees(vma, vma.anonVma);
  setRange(vma, start, end, pgoff);
  unlockTrees(vma, anonVma);
}

/**
 * As vmaAdjust, for a VMA that loses a part of its range to `other`, which is new and gets the VMA's chain. False: no
 * memory; the ranges are as they were, and `other` is in no tree of a file and may have a part of the chain. All trees
 * get `other` under the same hold of their locks: between two holds a walk would find neither VMA at the part, and miss
 * its entries.
 */
export function vmaCut(vma: Vma, start: u64, end: u64, pgoff: u64, other: Vma): bool {
  const anonVma = lockTrees(vma, vma.anonVma);
  const ok = anonVmaCloneLocked(other, vma);
  if (ok) {
    setRange(vma, start, end, pgoff);
    if (other.file != 0) fileLinkLocked(other);
  }
  unlockTrees(vma, anonVma);
  return ok;
}

/** Moves the border between the neighbours `low` and `high` to `border`. Both stay non-empty. */
export function vmaMoveBorder(low: Vma, high: Vma, border: u64): void {
  const anonVma = lockTrees(low, low.anonVma != 0 ? low.anonVma : high.anonVma);
  takeOut(low);
  takeOut(high);
  const pgoff = high.pgoff + ((<i64>(border - high.start)) >> PAGE_SHIFT); // the border may move down
  if (border < low.end) {
    // In this order the ranges never overlap.
    vmaSetRange(low, low.start, border, low.pgoff);
    vmaSetRange(high, border, high.end, pgoff);
  } else {
    vmaSetRange(high, border, high.end, pgoff);
    vmaSetRange(low, low.start, border, low.pgoff);
  }
  putBack(low);
  putBack(high);
  unlockTrees(low, anonVma);
}

/** Locks the trees of a VMA's file and of the anon_vma `anonVma` (or 0). Returns `anonVma`. */
function lockTrees(vma: Vma, anonVma: u32): u32 {
  if (vma.file != 0) writeLock(changetype<AddressSpace>(vma.file).iMmapLockAt, LOCK_I_MMAP);
  if (anonVma != 0) anonVmaLockWrite(changetype<AnonVma>(anonVma));
  return anonVma;
}

function unlockTrees(vma: Vma, anonVma: u32): void {
  if (anonVma != 0) anonVmaUnlockWrite(changetype<AnonVma>(anonVma));
  if (vma.file != 0) writeUnlock(changetype<AddressSpace>(vma.file).iMmapLockAt);
}

/** Gives `vma` a range. Its trees are locked. A VMA that begins where it began keeps its place in them. */
function setRange(vma: Vma, start: u64, end: u64, pgoff: u64): void {
  if (pgoff == vma.pgoff) {
    vmaSetRange(vma, start, end, pgoff);
    chainEndMoved(vma);
    if (vma.file != 0) fileEndMoved(vma);
    return;
  }
  takeOut(vma);
  vmaSetRange(vma, start, end, pgoff);
  putBack(vma);
}

function takeOut(vma: Vma): void {
  chainPreUpdate(vma);
  if (vma.file != 0) fileUnlinkLocked(vma);
}

function putBack(vma: Vma): void {
  chainPostUpdate(vma);
  if (vma.file != 0) fileLinkLocked(vma);
}
