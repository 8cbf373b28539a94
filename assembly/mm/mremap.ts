/** mremap. The checks run in Linux 6.18's order, which decides which error a wrong call gets. */

import { thisCpu } from "../arch/cpu";
import {
  EFAULT,
  EINVAL,
  ENOMEM,
  MAX_MAP_COUNT,
  MMAP_MIN,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
  PAGE_SIZE,
  TASK_SIZE,
  VM_LOCKED,
  VM_SHARED,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma, findVmaIntersection, unmappedArea } from "../vma/tree";
import { proposal, vmaMergeNew } from "./merge";
import { moveVma } from "./move_vma";
import { munmapLocked, pageAlign } from "./munmap";
import { populate } from "./populate";

/**
 * The system call. The new address goes to Cpu.accessValue; with -ENOMEM, how many bytes from the start of the range
 * are done with. Returns 0 or -errno.
 */
export function mremap(mm: Mm, address: u64, oldLength: u64, newLength: u64, flags: u32, newAddress: u64): i32 {
  const oldLen = pageAlign(oldLength);
  const newLen = pageAlign(newLength);
  if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0) return -EINVAL;
  if ((address & (PAGE_SIZE - 1)) != 0 || newLen == 0) return -EINVAL;
  if (newLen > TASK_SIZE) return -EINVAL;
  const placed = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
  if (placed) {
    if ((newAddress & (PAGE_SIZE - 1)) != 0 || newAddress > TASK_SIZE - newLen) return -EINVAL;
    if ((flags & MREMAP_MAYMOVE) == 0) return -EINVAL;
    if ((flags & MREMAP_DONTUNMAP) != 0 && oldLen != newLen) return -EINVAL;
    if (address + oldLen > newAddress && newAddress + newLen > address) return -EINVAL;
  }
  mmapWriteLock(mm);
  thisCpu().accessValue = (flags & MREMAP_FIXED) != 0 ? newAddress : address;
  let result: i32;
  if ((flags & MREMAP_FIXED) != 0 && oldLen == newLen) result = moveMany(mm, address, oldLen, flags, newAddress);
  else {
    result = resize(mm, address, oldLen, newLen, flags, newAddress);
    if (result != 0) thisCpu().accessValue = 0;
  }
  const grown = result == 0 && newLen > oldLen && isLocked(mm, thisCpu().accessValue);
  mmapWriteUnlock(mm);
  if (grown) {
    // The new part of locked memory is brought in.
    const at = thisCpu().accessValue;
    populate(mm, at + oldLen, at + newLen);
    thisCpu().accessValue = at;
  }
  return result;
}

/** Whether `address` is in a locked mapping. The mmap lock is held. */
function isLocked(mm: Mm, address: u64): bool {
  const at = findVma(mm, address);
  return at != 0 && changetype<Vma>(at).start <= address && (changetype<Vma>(at).flags & VM_LOCKED) != 0;
}

/** Moves a range without changing its size. It may hold several mappings and gaps, and the gaps stay between them. */
function moveMany(mm: Mm, start: u64, length: u64, flags: u32, to: u64): i32 {
  const end = start + length;
  if (length == 0) return -EINVAL;
  let address = start;
  let first = true;
  while (true) {
    const at = findVmaIntersection(mm, address, end);
    if (at == 0) return first ? -EFAULT : 0;
    const vma = changetype<Vma>(at);
    if (first && vma.start > address) return -EFAULT;
    const from = max(address, vma.start);
    const stop = min(vma.end, end);
    const result = moveTo(mm, from, stop - from, stop - from, flags, to + (from - start));
    if (result != 0) {
      thisCpu().accessValue = from - start;
      return result;
    }
    first = false;
    address = stop;
    if (address >= end) return 0;
  }
}

/** Clears the destination, then moves one VMA's part. */
function moveTo(mm: Mm, from: u64, oldLen: u64, newLen: u64, flags: u32, to: u64): i32 {
  const result = munmapLocked(mm, to, to + newLen);
  if (result != 0) return result;
  // The source and the destination may have been parts of one VMA, which is split now. So the source is looked up
  // again.
  return moveVma(mm, changetype<Vma>(findVma(mm, from)), from, oldLen, newLen, to, (flags & MREMAP_DONTUNMAP) != 0);
}

/** Every other mremap: shrink, grow in place, and move with another size. */
function resize(mm: Mm, address: u64, oldLen: u64, newLen: u64, flags: u32, newAddress: u64): i32 {
  const at = findVma(mm, address);
  if (at == 0 || changetype<Vma>(at).start > address) return -EFAULT;
  const vma = changetype<Vma>(at);
  const placed = (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
  if (!placed && newLen == oldLen) return 0;
  // The part that a shrink cuts off must lie in the address space.
  if (newLen < oldLen && (oldLen > TASK_SIZE || address > TASK_SIZE - oldLen)) return -EINVAL;
  if (!placed && newLen < oldLen) return munmapLocked(mm, address + newLen, address + oldLen);

  if (oldLen == 0 && (vma.flags & VM_SHARED) == 0) return -EINVAL;
  if (min(oldLen, newLen) > vma.end - address) return -EFAULT;
  if (placed) {
    if (newLen < oldLen) {
      // The destination is unmapped first, then the tail that does not move.
      let result = (flags & MREMAP_FIXED) != 0 ? munmapLocked(mm, newAddress, newAddress + newLen) : 0;
      if (result == 0) result = munmapLocked(mm, address + newLen, address + oldLen);
      if (result != 0) return result;
      const left = findVma(mm, address);
      return moveVma(mm, changetype<Vma>(left), address, newLen, newLen, newAddress, false);
    }
    let to = newAddress;
    if ((flags & MREMAP_FIXED) == 0) {
      // Without MREMAP_FIXED the address is only a wish.
      const taken = newAddress < MMAP_MIN || findVmaIntersection(mm, newAddress, newAddress + newLen) != 0;
      if (taken) to = unmappedArea(mm, newLen);
      if (to == 0) return -ENOMEM;
      thisCpu().accessValue = to;
    }
    return moveTo(mm, address, oldLen, newLen, flags, to);
  }
  if (oldLen == vma.end - address && growInPlace(mm, vma, address + newLen)) return 0;
  if ((flags & MREMAP_MAYMOVE) == 0) return -ENOMEM;
  const to = unmappedArea(mm, newLen);
  if (to == 0) return -ENOMEM;
  thisCpu().accessValue = to;
  return moveVma(mm, vma, address, oldLen, newLen, to, false);
}

/** Extends `vma` up to `end` if that range is free. It may merge with the next VMA. False: it did not. */
function growInPlace(mm: Mm, vma: Vma, end: u64): bool {
  if (end > TASK_SIZE || findVmaIntersection(mm, vma.end, end) != 0) return false;
  if (mm.mapCount >= MAX_MAP_COUNT) return false;
  const pgoff = vma.pgoff + vma.pages;
  const g = proposal(vma.end, end, pgoff, vma.flags, vma.file, vma.anonVma, changetype<u32>(vma), vma.next);
  return vmaMergeNew(mm, g) != 0;
}
