/** brk: the heap. */

import { thisCpu } from "../arch/cpu";
import {
  ENOMEM,
  MAX_MAP_COUNT,
  PAGE_SHIFT,
  PAGE_SIZE,
  STACK_GUARD,
  TASK_SIZE,
  VM_ACCOUNT,
  VM_GROWSDOWN,
  VM_READ,
  VM_WRITE,
} from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma, findVmaIntersection, findVmaPrev } from "../vma/tree";
import { proposal, vmaMergeNew } from "./merge";
import { newMapping } from "./mmap";
import { munmapLocked, pageAlign } from "./munmap";

/** Sets the start of the heap and makes the heap empty. Called before the first brk of an address space. */
export function brkStart(mm: Mm, address: u64): i32 {
  mmapWriteLock(mm);
  mm.startBrk = address;
  mm.brk = address;
  mmapWriteUnlock(mm);
  thisCpu().accessValue = address;
  return 0;
}

/**
 * The system call. The heap's end afterwards goes to Cpu.accessValue. Address 0 only asks for it. Returns 0, or
 * -ENOMEM, and then nothing has changed.
 */
export function brk(mm: Mm, address: u64): i32 {
  mmapWriteLock(mm);
  const result = address == 0 ? 0 : brkLocked(mm, address);
  thisCpu().accessValue = mm.brk;
  mmapWriteUnlock(mm);
  return result;
}

function brkLocked(mm: Mm, address: u64): i32 {
  if (mm.startBrk == 0 || address < mm.startBrk || address > TASK_SIZE - PAGE_SIZE) return -ENOMEM;
  const oldEnd = pageAlign(mm.brk);
  const newEnd = pageAlign(address);
  if (newEnd < oldEnd) {
    // Nothing of the heap is left there: the process unmapped it.
    if (findVmaIntersection(mm, newEnd, oldEnd) == 0) return -ENOMEM;
    const result = munmapLocked(mm, newEnd, oldEnd);
    if (result != 0) return result;
  } else if (newEnd > oldEnd) {
    if (!hasRoom(mm, oldEnd, newEnd)) return -ENOMEM;
    const result = grow(mm, oldEnd, newEnd);
    if (result != 0) return result;
  }
  mm.brk = address;
  return 0;
}

/** Whether [start, end) is free, and no stack above it is so near that it could not grow. */
function hasRoom(mm: Mm, start: u64, end: u64): bool {
  if (findVmaIntersection(mm, start, end + PAGE_SIZE) != 0) return false;
  const next = findVma(mm, end);
  if (next == 0 || (changetype<Vma>(next).flags & VM_GROWSDOWN) == 0) return true;
  return changetype<Vma>(next).start >= end + PAGE_SIZE + STACK_GUARD;
}

/** Extends the mapping below it. Unlike mmap, it does not merge with the mapping above. */
function grow(mm: Mm, start: u64, end: u64): i32 {
  const flags = VM_READ | VM_WRITE | VM_ACCOUNT;
  if (mm.mapCount >= MAX_MAP_COUNT) return -ENOMEM;
  const prev = findVmaPrev(mm, start);
  // Only the heap itself is extended. A mapping that ends where the heap starts is not part of it.
  if (prev != 0 && changetype<Vma>(prev).end == start && start > mm.startBrk) {
    const g = proposal(start, end, start >> PAGE_SHIFT, flags, 0, 0, prev, 0);
    if (vmaMergeNew(mm, g) != 0) return 0;
    if (g.oom != 0) return -ENOMEM;
  }
  return newMapping(mm, start, end, flags, 0, start >> PAGE_SHIFT);
}
