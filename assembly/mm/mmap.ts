/** mmap. */

import { writeLocked64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import {
  EEXIST,
  EINVAL,
  ENOMEM,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_NORESERVE,
  MAP_SHARED,
  MAX_MAP_COUNT,
  MMAP_MIN,
  PAGE_MASK64,
  PAGE_SHIFT,
  PAGE_SIZE,
  TASK_SIZE,
  VM_ACCESS,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_NORESERVE,
  VM_SHARED,
  VM_WRITE,
} from "../layout";
import { fileAlloc, fileGet } from "../file/mapping";
import { AddressSpace } from "../obj/file";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVmaIntersection, findVmaPrev, unmappedArea } from "../vma/tree";
import { vmaMergeNew, proposal } from "./merge";
import { munmapLocked, pageAlign } from "./munmap";
import { vmaAlloc, vmaDiscard, vmaInsert } from "./vma_object";

/**
 * The system call. `file` is an AddressSpace or 0, `pgoff` its first page. The address goes to
 * Cpu.accessValue. 0, -EINVAL, -ENOMEM, -EEXIST.
 */
export function mmap(mm: Mm, address: u64, length: u64, prot: u32, mapFlags: u32, file: u32, pgoff: u64): i32 {
  const len = pageAlign(length);
  if (length == 0) return -EINVAL;
  if (len == 0 || len > TASK_SIZE) return -ENOMEM;
  const fixed = (mapFlags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
  if (fixed && (address & (PAGE_SIZE - 1)) != 0) return -EINVAL;
  if (fixed && address > TASK_SIZE - len) return -ENOMEM;
  if (file == 0 && (mapFlags & MAP_ANONYMOUS) == 0) return -EINVAL;
  mmapWriteLock(mm);
  const keep = (mapFlags & MAP_FIXED_NOREPLACE) != 0;
  const result = mmapLocked(mm, address, len, fixed, vmFlags(prot, mapFlags), file, pgoff, keep);
  mmapWriteUnlock(mm);
  return result;
}

/** The VM_* bits of a new mapping. Private writable memory is accounted, and does not merge with memory that is not. */
function vmFlags(prot: u32, mapFlags: u32): u32 {
  let flags = prot & VM_ACCESS;
  if ((mapFlags & MAP_SHARED) != 0) flags |= VM_SHARED;
  if ((mapFlags & MAP_GROWSDOWN) != 0) flags |= VM_GROWSDOWN;
  if ((mapFlags & MAP_NORESERVE) != 0) flags |= VM_NORESERVE;
  if ((flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE) flags |= VM_ACCOUNT;
  return flags;
}

/** As mmap with checked arguments. The mmap lock is held for writing. */
function mmapLocked(
  mm: Mm,
  address: u64,
  length: u64,
  fixed: bool,
  flags: u32,
  file: u32,
  pgoff: u64,
  keep: bool,
): i32 {
  if (mm.mapCount >= MAX_MAP_COUNT) return -ENOMEM;
  let start = address;
  if (!fixed) {
    start = placeNear(mm, address & PAGE_MASK64, length);
    if (start == 0) return -ENOMEM;
  } else if (findVmaIntersection(mm, start, start + length) != 0) {
    if (keep) return -EEXIST;
    const result = munmapLocked(mm, start, start + length);
    if (result != 0) return result;
  }
  thisCpu().accessValue = start;
  return mapRange(mm, start, start + length, flags, file, pgoff);
}

/**
 * The place for a mapping that may stand anywhere: the wished address if it is free, else the highest place; 0: there
 * is none.
 */
function placeNear(mm: Mm, wish: u64, length: u64): u64 {
  const fits = wish >= MMAP_MIN && wish <= TASK_SIZE - length;
  return fits && findVmaIntersection(mm, wish, wish + length) == 0 ? wish : unmappedArea(mm, length);
}

/**
 * Maps the free range [start, end): merges it with its neighbours, or makes a VMA for it. The mmap lock is held for
 * writing.
 */
function mapRange(mm: Mm, start: u64, end: u64, flags: u32, file: u32, pgoff: u64): i32 {
  const anonymous = file == 0;
  // Shared anonymous memory is a nameless file of its own. It never merges.
  const shmem = anonymous && (flags & VM_SHARED) != 0;
  if (anonymous) pgoff = shmem ? 0 : start >> PAGE_SHIFT;
  if (!shmem) {
    const prev = findVmaPrev(mm, start);
    const next = prev != 0 ? changetype<Vma>(prev).next : mm.first;
    const g = proposal(start, end, pgoff, flags, file, 0, prev, next);
    if (vmaMergeNew(mm, g) != 0) return 0;
    if (g.oom != 0) return -ENOMEM;
  }
  return newMapping(mm, start, end, flags, file, pgoff);
}

/** Maps the free range [start, end) with a VMA of its own. The mmap lock is held for writing. */
export function newMapping(mm: Mm, start: u64, end: u64, flags: u32, file: u32, pgoff: u64): i32 {
  const at = vmaAlloc(mm);
  if (at == 0) return -ENOMEM;
  const vma = changetype<Vma>(at);
  // RACE: a lockless lookup that found the object's former self reads both. It looks again under the VMA's lock.
  writeLocked64(vma.startAt, start);
  writeLocked64(vma.endAt, end);
  vma.pgoff = pgoff;
  vma.flags = flags;
  if (file == 0 && (flags & VM_SHARED) != 0) {
    vma.file = fileAlloc((end - start) >> PAGE_SHIFT, true);
    if (vma.file == 0) {
      vmaDiscard(vma);
      return -ENOMEM;
    }
  } else if (file != 0) {
    vma.file = file;
    fileGet(changetype<AddressSpace>(file));
  }
  vmaInsert(mm, vma);
  return 0;
}
