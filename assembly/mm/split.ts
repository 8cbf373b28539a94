/** Splits a VMA, and gives a part of one new flags. */

import { writeOnce32, writeLocked64 } from "../arch/access";
import { MAX_MAP_COUNT } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmg } from "../obj/vmg";
import { linearPageIndex } from "../rmap/map_page";
import { vmaStartWrite } from "../vma/lock";
import { vmaCut } from "./adjust";
import { proposal, vmaMergeExisting } from "./merge";
import { vmaAttach, vmaDiscard, vmaDup } from "./vma_object";

/**
 * Splits `vma` at `address`, which lies inside. With `newBelow` it keeps the upper part, else the lower part, which is
 * less work. Returns the new VMA, which gets the other part; or 0: no memory. The mmap lock is held for writing.
 */
export function vmaSplit(mm: Mm, vma: Vma, address: u64, newBelow: bool): u32 {
  if (mm.mapCount >= MAX_MAP_COUNT) return 0;
  const at = vmaDup(mm, vma);
  if (at == 0) return 0;
  const other = changetype<Vma>(at);
  const pgoff = linearPageIndex(vma, address);
  if (newBelow) {
    writeLocked64(other.endAt, address);
  } else {
    writeLocked64(other.startAt, address);
    other.pgoff = pgoff;
  }
  vmaStartWrite(vma);
  const ok = newBelow ? vmaCut(vma, address, vma.end, pgoff, other) : vmaCut(vma, vma.start, address, vma.pgoff, other);
  if (!ok) {
    vmaDiscard(other);
    return 0;
  }
  vmaAttach(mm, other);
  return at;
}

/**
 * Gives [start, end) of `vma` the flags `flags`: merges it with its neighbours if possible, else splits it off. Returns
 * the VMA that covers the range then, with the new flags; or 0: no memory. The mmap lock is held for writing.
 */
export function vmaModifyFlags(mm: Mm, vma: Vma, start: u64, end: u64, flags: u32): u32 {
  const pgoff = linearPageIndex(vma, start);
  const prev = start == vma.start ? vma.prev : changetype<u32>(vma);
  const next = end == vma.end ? vma.next : changetype<u32>(vma);
  const g: Vmg = proposal(start, end, pgoff, flags, vma.file, vma.anonVma, prev, next);
  g.middle = changetype<u32>(vma);
  const merged = vmaMergeExisting(mm, g);
  if (merged != 0) return merged;
  if (g.oom != 0) return 0;
  if (start > vma.start) {
    const upper = vmaSplit(mm, vma, start, false);
    if (upper == 0) return 0;
    vma = changetype<Vma>(upper);
  }
  if (end < vma.end && vmaSplit(mm, vma, end, false) == 0) return 0;
  vmaStartWrite(vma);
  // RACE: a walk of the reverse map asks for VM_LOCKED without the VMA's lock. mlock and munlock look at the pages
  // afterwards.
  writeOnce32(vma.flagsAt, flags);
  return changetype<u32>(vma);
}
