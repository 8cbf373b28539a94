/**
 * Splitting a VMA, and giving a part of one new flags: with the right to write comes an anon_vma.
 *
 * In the engine the first fault allocates it, whatever mprotect did before. Here faults find it there, and a mapping
 * that cannot be written got none when it was put in place: mprotect must make one before the first store. Linus
 * Torvalds, linux-kernel, 7 April 2010, 23:42: to leave it out for what is shared or read-only “might force us to
 * allocate some of them at mprotect time”.
 */

import { writeOnce32 } from "../arch/access";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmg } from "../obj/vmg";
import { vmaStartWrite } from "../vma/lock";
import { proposal, vmaMergeExisting } from "./merge";
import { prepareIfWritable } from "./vma_object";

/**
 * Gives [start, end) of `vma` the flags `flags`: merges it with its neighbours if it can, else
 * splits it off. The VMA that covers the range then, with the new flags set; or 0: no memory.
 * The mmap lock is held for writing.
 */
export function vmaModifyFlags(mm: Mm, vma: Vma, start: u64, end: u64, flags: u32): u32 {
  const pgoff = vma.pgoff + ((start - vma.start) >> 12);
  const g: Vmg = proposal(
    start,
    end,
    pgoff,
    flags,
    vma.file,
    vma.anonVma,
    start == vma.start ? vma.prev : changetype<u32>(vma),
    end == vma.end ? vma.next : changetype<u32>(vma),
  );
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
  writeOnce32(changetype<usize>(vma) + offsetof<Vma>("flags"), flags);
  prepareIfWritable(vma);
  return changetype<u32>(vma);
}
