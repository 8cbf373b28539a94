/** mlock and munlock: pages that reclaim leaves alone. */

import { thisCpu } from "../arch/cpu";
import { EINVAL, EMISSING, ENOMEM, PAGE_SIZE, VM_LOCKED } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { munlockPages } from "./munlock";
import { pageAlign } from "./munmap";
import { populate } from "./populate";
import { vmaModifyFlags } from "./split";

/**
 * The system calls mlock and munlock. mlock brings every page in. A hole ends both with -ENOMEM, after the mappings
 * before it were changed.
 */
export function mlock(mm: Mm, start: u64, length: u64, lock: bool): i32 {
  const first = start & ~(<u64>PAGE_SIZE - 1);
  const end = pageAlign(start + length);
  if (end == first) return 0;
  if (end < first) return -EINVAL;
  mmapWriteLock(mm);
  const result = lockRange(mm, first, end, lock);
  mmapWriteUnlock(mm);
  if (result != 0 || !lock) return result;
  const cpu = thisCpu();
  cpu.missing = 0;
  if (populate(mm, first, end)) return 0;
  // Pages that are missing may be waited for. Then all of this is made again.
  return cpu.missing != 0 ? -EMISSING : -ENOMEM;
}

function lockRange(mm: Mm, start: u64, end: u64, lock: bool): i32 {
  let at = findVma(mm, start);
  let address = start;
  while (address < end) {
    if (at == 0 || changetype<Vma>(at).start > address) return -ENOMEM;
    const vma = changetype<Vma>(at);
    const stop = min(vma.end, end);
    const flags = lock ? vma.flags | VM_LOCKED : vma.flags & ~VM_LOCKED;
    let covered = at;
    if (flags != vma.flags) {
      covered = vmaModifyFlags(mm, vma, address, stop, flags);
      if (covered == 0) return -ENOMEM;
      if (!lock) munlockPages(mm, address, stop);
    }
    address = changetype<Vma>(covered).end;
    at = changetype<Vma>(covered).next;
  }
  return 0;
}
