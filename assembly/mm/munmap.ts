/** munmap. */

import { writeOnce32 } from "../arch/access";
import { EINVAL, ENOMEM, PAGE_SIZE, TASK_SIZE, VM_LOCKED } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { tablesFree } from "../pt/table";
import { mmapWriteLock, mmapWriteUnlock, vmaMarkDetached, vmaStartWrite } from "../vma/lock";
import { findVmaIntersection, vmaTreeRemove } from "../vma/tree";
import { munlockPages } from "./munlock";
import { vmaSplit } from "./split";
import { vmaFree, vmaUnlinkRmap } from "./vma_object";
import { zapRange } from "./zap";

/** The system call: unmaps [start, start + length). 0, -EINVAL or -ENOMEM. */
export function munmap(mm: Mm, start: u64, length: u64): i32 {
  const end = start + pageAlign(length);
  if ((start & (PAGE_SIZE - 1)) != 0 || end <= start || end > TASK_SIZE) return -EINVAL;
  mmapWriteLock(mm);
  const result = munmapLocked(mm, start, end);
  mmapWriteUnlock(mm);
  return result;
}

/** As munmap for a valid, page-aligned [start, end). The mmap lock is held for writing. Returns 0 or -ENOMEM. */
export function munmapLocked(mm: Mm, start: u64, end: u64): i32 {
  let at = findVmaIntersection(mm, start, end);
  if (at == 0) return 0;
  const first = changetype<Vma>(at);
  if (first.start < start && vmaSplit(mm, first, start, true) == 0) return -ENOMEM;
  let last = first;
  while (last.end < end && last.next != 0 && changetype<Vma>(last.next).start < end) last = changetype<Vma>(last.next);
  if (last.end > end && vmaSplit(mm, last, end, false) == 0) return -ENOMEM;
  detachAndUnmap(mm, first, last);
  return 0;
}

/**
 * Takes the neighbouring VMAs `first` to `last` out of the mm and unmaps all their pages. The mmap lock is held for
 * writing.
 */
export function detachAndUnmap(mm: Mm, first: Vma, last: Vma): void {
  const start = first.start;
  const end = last.end;
  const floor: u64 = first.prev != 0 ? changetype<Vma>(first.prev).end : 0;
  const ceiling: u64 = last.next != 0 ? changetype<Vma>(last.next).start : 0xffff_ffff_ffff_ffff;

  // The write locks keep faults out, and no lookup finds these VMAs any more.
  const after = last.next;
  let tail: u32 = 0;
  for (let at = changetype<u32>(first); at != after;) {
    const vma = changetype<Vma>(at);
    at = vma.next;
    vmaStartWrite(vma);
    vmaTreeRemove(mm, vma);
    vmaMarkDetached(vma);
    vma.next = 0;
    if (tail != 0) changetype<Vma>(tail).next = changetype<u32>(vma);
    tail = changetype<u32>(vma);
  }
  for (let at = changetype<u32>(first); at != 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    if ((vma.flags & VM_LOCKED) != 0) {
      writeOnce32(vma.flagsAt, vma.flags & ~VM_LOCKED); // first: otherwise reclaim would mark the pages as locked again
      munlockPages(mm, vma.start, vma.end);
    }
    zapRange(mm, vma.start, vma.end);
  }
  // The VMAs leave the reverse maps before the tables go: a walk that holds the rmap lock may stand in the tables.
  for (let at = changetype<u32>(first); at != 0;) {
    const vma = changetype<Vma>(at);
    at = vma.next;
    vmaUnlinkRmap(vma);
    vmaFree(vma);
  }
  tablesFree(mm, start, end, floor, ceiling);
}

/** A length in bytes, rounded up to whole pages. */
@inline
export function pageAlign(length: u64): u64 {
  return (length + (PAGE_SIZE - 1)) & ~(<u64>PAGE_SIZE - 1);
}
