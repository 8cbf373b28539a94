/**
 * madvise. It skips holes and reports them at the end as -ENOMEM. A mapping that refuses the advice ends it at once.
 */

import { thisCpu } from "../arch/cpu";
import {
  EAGAIN,
  EINVAL,
  ENOMEM,
  MADV_COLD,
  MADV_DOFORK,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_FREE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_PAGEOUT,
  MADV_UNMERGEABLE,
  MADV_WIPEONFORK,
  PAGE_SIZE,
  VM_DONTCOPY,
  VM_LOCKED,
  VM_MERGEABLE,
  VM_SHARED,
  VM_UFFD_MISSING,
  VM_WIPEONFORK,
} from "../layout";
import { breakKsm } from "../ksm/break";
import { ksmEnter } from "../ksm/list";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mkHole } from "../pt/pte";
import { mmapReadLock, mmapReadUnlock, mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { advisePages } from "./advise_pages";
import { wakeWaiters } from "./missing";
import { pageAlign } from "./munmap";
import { vmaModifyFlags } from "./split";
import { zapRange } from "./zap";

/**
 * No advice of Linux: OP_REGISTER. Its work on a range is that of an advice. The second ends what the first begins, and
 * wakes who waits there.
 */
export const MADV_REGISTER: u32 = 0x100;
export const MADV_UNREGISTER: u32 = 0x101;

/** The system call. 0, -EINVAL, -ENOMEM (a hole), -EAGAIN (no memory, or too many mappings). */
export function madvise(mm: Mm, start: u64, length: u64, advice: u32): i32 {
  if (!known(advice) || (start & (PAGE_SIZE - 1)) != 0) return -EINVAL;
  const len = pageAlign(length);
  const end = start + len;
  if (length != 0 && len == 0) return -EINVAL;
  if (end < start) return -EINVAL;
  if (end == start) return 0;
  const write = changesFlags(advice);
  if (write) mmapWriteLock(mm);
  else mmapReadLock(mm);
  const result = adviseLocked(mm, start, end, advice);
  if (write) mmapWriteUnlock(mm);
  else mmapReadUnlock(mm);
  if (advice == MADV_UNREGISTER) wakeWaiters();
  return result;
}

function known(advice: u32): bool {
  return (
    advice <= MADV_DONTNEED ||
    advice == MADV_FREE ||
    (advice >= MADV_DONTFORK && advice <= MADV_NOHUGEPAGE) ||
    (advice >= MADV_WIPEONFORK && advice <= MADV_PAGEOUT) ||
    advice >> 1 == MADV_REGISTER >> 1
  );
}

function changesFlags(advice: u32): bool {
  return (
    (advice >= MADV_DONTFORK && advice <= MADV_UNMERGEABLE) ||
    advice == MADV_WIPEONFORK ||
    advice == MADV_KEEPONFORK ||
    advice >= MADV_REGISTER
  );
}

function adviseLocked(mm: Mm, start: u64, end: u64, advice: u32): i32 {
  let hole = false;
  let address = start;
  let at = findVma(mm, address);
  while (address < end) {
    if (at == 0 || changetype<Vma>(at).start >= end) return -ENOMEM;
    const vma = changetype<Vma>(at);
    if (vma.start > address) {
      hole = true;
      address = vma.start;
    }
    const stop = min(vma.end, end);
    let covered = at;
    if (changesFlags(advice)) {
      const flags = flagsAfter(vma, advice);
      if (flags == REFUSED) return -EINVAL;
      if (advice == MADV_UNMERGEABLE && flags != vma.flags && !breakKsm(mm, vma, address, stop)) return -EAGAIN;
      if (advice == MADV_MERGEABLE && flags != vma.flags) ksmEnter(mm);
      if (flags != vma.flags) {
        covered = vmaModifyFlags(mm, vma, address, stop, flags);
        if (covered == 0) return -EAGAIN;
      }
    } else {
      const result = adviseOne(mm, vma, address, stop, advice);
      if (result != 0) return result;
    }
    address = max(stop, min(changetype<Vma>(covered).end, end));
    at = changetype<Vma>(covered).end > address ? covered : changetype<Vma>(covered).next;
  }
  return hole ? -ENOMEM : 0;
}

/** Not the flags of a VMA: the advice does not fit it. */
const REFUSED: u32 = 0xffff_ffff;

/** The VMA's flags after an advice that changes them, or REFUSED. */
function flagsAfter(vma: Vma, advice: u32): u32 {
  const flags = vma.flags;
  if (advice == MADV_DONTFORK) return flags | VM_DONTCOPY;
  if (advice == MADV_DOFORK) return flags & ~VM_DONTCOPY;
  if (advice == MADV_WIPEONFORK) return vma.file != 0 || (flags & VM_SHARED) != 0 ? REFUSED : flags | VM_WIPEONFORK;
  if (advice == MADV_KEEPONFORK) return flags & ~VM_WIPEONFORK;
  if (advice == MADV_REGISTER) return vma.file != 0 ? REFUSED : flags | VM_UFFD_MISSING;
  if (advice == MADV_UNREGISTER) return flags & ~VM_UFFD_MISSING;
  if (advice == MADV_MERGEABLE) return (flags & VM_SHARED) != 0 ? flags : flags | VM_MERGEABLE;
  return flags & ~VM_MERGEABLE;
}

/** Applies an advice about pages to [start, end) of one VMA. Returns 0 or -EINVAL. */
function adviseOne(mm: Mm, vma: Vma, start: u64, end: u64, advice: u32): i32 {
  if (advice == MADV_DONTNEED) {
    if ((vma.flags & VM_LOCKED) != 0) return -EINVAL;
    const cpu = thisCpu();
    cpu.hole = mkHole(mm);
    zapRange(mm, start, end);
    cpu.hole = 0;
  } else if (advice == MADV_FREE) {
    if (vma.file != 0 || (vma.flags & VM_LOCKED) != 0) return -EINVAL;
    advisePages(mm, start, end, advice);
  } else if (advice == MADV_COLD || advice == MADV_PAGEOUT) {
    if ((vma.flags & VM_LOCKED) != 0) return -EINVAL;
    advisePages(mm, start, end, advice);
  }
  return 0;
}
