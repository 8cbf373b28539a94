/** Moves a mapping with its pages to another place: the slow half of mremap. */

import { writeLocked64, writeOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import {
  DELAY_TABLE_MOVED,
  ENOMEM,
  LOCK_I_MMAP,
  LOCK_PTE,
  MAX_MAP_COUNT,
  PAGE_SHIFT,
  PAGE_SIZE,
  VM_LOCKED,
  VM_MERGEABLE,
  VM_UFFD_MISSING,
} from "../layout";
import { breakKsm } from "../ksm/break";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mkHole, pteLocked, ptePresent, setPteLocked } from "../pt/pte";
import { flushTlbBatchedPending, flushTlbMm } from "../pt/flush";
import { leafAlloc, leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { anonVmaLockWrite, anonVmaUnlockWrite } from "../rmap/anon_vma";
import { anonVmaClone } from "../rmap/clone";
import { linearPageIndex } from "../rmap/map_page";
import { unlinkAnonVmas } from "../rmap/unlink";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { spinLock, spinLockNested, spinUnlock } from "../sync/spinlock";
import { vmaStartWrite } from "../vma/lock";
import { findVmaPrev } from "../vma/tree";
import { proposal, vmaMergeNew } from "./merge";
import { munlockPages } from "./munlock";
import { munmapLocked } from "./munmap";
import { vmaDiscard, vmaDup, vmaInsert } from "./vma_object";

/**
 * Moves [from, from + oldLen) of `vma` to `to`, where newLen bytes are free. The mmap lock is held for writing. Returns
 * 0 or -ENOMEM. After -ENOMEM every page is where it was, and an empty mapping may stay at `to`.
 */
export function moveVma(mm: Mm, vma: Vma, from: u64, oldLen: u64, newLen: u64, to: u64, keepSource: bool): i32 {
  if (mm.mapCount >= MAX_MAP_COUNT - 3) return -ENOMEM;
  vmaStartWrite(vma);
  // KSM finds a merged page by the address of its item, so the page cannot move.
  if ((vma.flags & VM_MERGEABLE) != 0 && !breakKsm(mm, vma, from, from + oldLen)) return -ENOMEM;
  const at = copyVma(mm, vma, from, newLen, to);
  if (at == 0) return -ENOMEM;
  const target = changetype<Vma>(at);
  vmaStartWrite(target);
  // If nothing was touched, the range may have merged with its own destination, and the source may be gone.
  if (target.start <= from && from < target.end) vma = target;
  const source = changetype<u32>(vma);
  const cpu = thisCpu();
  if (keepSource) cpu.hole = mkHole(mm);
  const moved = movePages(mm, vma, target, from, to, min(oldLen, newLen));
  cpu.hole = 0;
  if (!moved) {
    // Moves everything back. The tables on that side exist, so this needs no memory.
    movePagesBack(mm, vma, target, to, from, min(oldLen, newLen));
    munmapLocked(mm, to, to + newLen);
    return -ENOMEM;
  }
  if (keepSource) {
    if ((vma.flags & VM_LOCKED) != 0) {
      // the moved pages are locked at the new address; the rest of the source, if any, is not locked any more
      writeOnce32(vma.flagsAt, vma.flags & ~VM_LOCKED);
      munlockPages(mm, vma.start, vma.end);
    }
    if (at != source && from == vma.start && oldLen == vma.end - vma.start) unlinkAnonVmas(vma);
    return 0;
  }
  // Nothing is mapped at the source any more. If there is no memory for a split, an empty mapping stays, as in Linux.
  if (oldLen != 0) munmapLocked(mm, from, from + oldLen);
  return 0;
}

/**
 * The destination of a move, merged with its neighbours if possible; 0 without memory. It keeps the page offset,
 * because that is the pages' index. Memory without pages gets the offset of its new address. As in Linux, nobody
 * supplies pages there.
 */
function copyVma(mm: Mm, vma: Vma, from: u64, length: u64, to: u64): u32 {
  const untouched = vma.file == 0 && vma.anonVma == 0;
  const pgoff = untouched ? to >> PAGE_SHIFT : linearPageIndex(vma, from);
  const prev = findVmaPrev(mm, to);
  const next = prev != 0 ? changetype<Vma>(prev).next : mm.first;
  const flags = vma.flags & ~VM_UFFD_MISSING;
  const g = proposal(to, to + length, pgoff, flags, vma.file, vma.anonVma, prev, next);
  g.copiedFrom = changetype<u32>(vma);
  const merged = vmaMergeNew(mm, g);
  if (merged != 0) return merged;
  if (g.oom != 0) return 0;
  const at = vmaDup(mm, vma);
  if (at == 0) return 0;
  const copy = changetype<Vma>(at);
  writeLocked64(copy.startAt, to);
  writeLocked64(copy.endAt, to + length);
  copy.pgoff = pgoff;
  copy.flags = flags;
  if (!anonVmaClone(copy, vma)) {
    vmaDiscard(copy);
    return 0;
  }
  vmaInsert(mm, copy);
  return at;
}

/**
 * Whether the move needs the reverse map's locks: a walk might visit the destination before the source, and so miss a
 * page that moves between the two visits. Not if the destination stands after the source in the trees for sure.
 */
function needRmapLocks(source: Vma, target: Vma): bool {
  return target.pgoff <= source.pgoff;
}

/** Moves the entries of [from, from + length) to `to`. False: no memory for a table; some entries may have moved. */
function movePages(mm: Mm, source: Vma, target: Vma, from: u64, to: u64, length: u64): bool {
  const locked = needRmapLocks(source, target);
  if (locked) lockRmap(source);
  const end = from + length;
  let ok = true;
  for (let address = nextLeaf(mm, from, end); address < end;) {
    const there = to + (address - from);
    // Up to the end of the leaf table on either side.
    const stop = min(min(leafEnd(address), address + (leafEnd(there) - there)), end);
    const leaf = leafAlloc(mm, there);
    if (leaf == 0) {
      ok = false;
      break;
    }
    moveEntries(mm, leafOf(mm, address), address, leaf, there, stop);
    delayPoint(DELAY_TABLE_MOVED);
    address = nextLeaf(mm, stop, end);
  }
  if (locked) unlockRmap(source);
  return ok;
}

/** Undoes movePages: both sides' tables exist, so it cannot fail. */
function movePagesBack(mm: Mm, source: Vma, target: Vma, from: u64, to: u64, length: u64): void {
  const locked = needRmapLocks(target, source);
  if (locked) lockRmap(source);
  const end = from + length;
  for (let address = nextLeaf(mm, from, end); address < end;) {
    const there = to + (address - from);
    const stop = min(min(leafEnd(address), address + (leafEnd(there) - there)), end);
    const leaf = leafOf(mm, there);
    if (leaf != 0) moveEntries(mm, leafOf(mm, address), address, leaf, there, stop);
    address = nextLeaf(mm, stop, end);
  }
  if (locked) unlockRmap(source);
}

/**
 * Moves the entries of [address, stop) from one leaf table to another, or within one. The old ones become Cpu.hole.
 * Flushes the old addresses under both locks. Once the locks are dropped, another CPU may unmap the page at its new
 * address and free it. Its flush would find nothing to do for the old address (CVE-2018-18281).
 */
function moveEntries(mm: Mm, fromLeaf: u64, address: u64, toLeaf: u64, there: u64, stop: u64): void {
  const hole = thisCpu().hole;
  const fromLock = ptlOf(fromLeaf);
  const toLock = ptlOf(toLeaf);
  spinLock(fromLock, LOCK_PTE);
  // Only a holder of the mmap lock for writing takes two table locks of this mm, and that is this CPU.
  if (toLock != fromLock) spinLockNested(toLock, LOCK_PTE);
  flushTlbBatchedPending(mm);
  let stale = false;
  let at = pteAt(fromLeaf, address);
  let to = pteAt(toLeaf, there);
  for (; address < stop; address += PAGE_SIZE, at += 8, to += 8) {
    const pte = pteLocked(at);
    if (pte == 0) continue;
    if (ptePresent(pte)) stale = true;
    setPteLocked(at, hole);
    setPteLocked(to, pte);
  }
  if (stale) flushTlbMm(mm);
  if (toLock != fromLock) spinUnlock(toLock);
  spinUnlock(fromLock);
}

function lockRmap(vma: Vma): void {
  if (vma.file != 0) writeLock(changetype<AddressSpace>(vma.file).iMmapLockAt, LOCK_I_MMAP);
  if (vma.anonVma != 0) anonVmaLockWrite(changetype<AnonVma>(vma.anonVma));
}

function unlockRmap(vma: Vma): void {
  if (vma.anonVma != 0) anonVmaUnlockWrite(changetype<AnonVma>(vma.anonVma));
  if (vma.file != 0) writeUnlock(changetype<AddressSpace>(vma.file).iMmapLockAt);
}
