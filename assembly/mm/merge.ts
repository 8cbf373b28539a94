/**
 * Merging: a proposed range becomes part of a neighbour if the user sees the two as one mapping. The rules are those of
 * Linux 6.18. They decide which anon_vma later pages get, so they are visible from outside.
 *
 * Two anon_vmas suit each other if they are the same. They also do if one side has none, and the side that has one is
 * no fork child. Pages of a fork child stand under its ancestors' locks too, and a mapping of the child alone should
 * not come under these locks.
 */

import { thisCpu } from "../arch/cpu";
import { CPU_VMG, PAGE_SHIFT } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmg } from "../obj/vmg";
import { chainIsSingular } from "../rmap/chain";
import { dupAnonVma } from "../rmap/dup";
import { vmaMarkDetached, vmaStartWrite } from "../vma/lock";
import { vmaTreeRemove } from "../vma/tree";
import { vmaAdjust, vmaMoveBorder } from "./adjust";
import { vmaFree, vmaUnlinkRmap } from "./vma_object";

/** This CPU's proposal. */
@inline
function thisVmg(): Vmg {
  return changetype<Vmg>(changetype<usize>(thisCpu()) + CPU_VMG);
}

/** Fills this CPU's proposal for a range with these properties. `prev` and `next` are the VMAs around it, or 0. */
export function proposal(
  start: u64,
  end: u64,
  pgoff: u64,
  flags: u32,
  file: u32,
  anonVma: u32,
  prev: u32,
  next: u32,
): Vmg {
  const g = thisVmg();
  g.start = start;
  g.end = end;
  g.pgoff = pgoff;
  g.flags = flags;
  g.file = file;
  g.anonVma = anonVma;
  g.prev = prev;
  g.next = next;
  g.middle = 0;
  g.copiedFrom = 0;
  g.oom = 0;
  return g;
}

@inline
function isForkChild(vma: u32): bool {
  return vma != 0 && changetype<Vma>(vma).anonVma != 0 && !chainIsSingular(changetype<Vma>(vma));
}

function anonVmaSuits(g: Vmg, target: Vma): bool {
  if (target.anonVma == 0 && g.anonVma != 0) return !isForkChild(g.middle) && !isForkChild(g.copiedFrom);
  if (target.anonVma != 0 && g.anonVma == 0) return !isForkChild(changetype<u32>(target));
  return target.anonVma == g.anonVma;
}

function canMergeLeft(g: Vmg): bool {
  if (g.prev == 0) return false;
  const prev = changetype<Vma>(g.prev);
  return (
    prev.end == g.start &&
    prev.flags == g.flags &&
    prev.file == g.file &&
    prev.pgoff + prev.pages == g.pgoff &&
    anonVmaSuits(g, prev)
  );
}

function canMergeRight(g: Vmg, left: bool): bool {
  if (g.next == 0) return false;
  const next = changetype<Vma>(g.next);
  if (next.start != g.end || next.flags != g.flags || next.file != g.file) return false;
  if (g.pgoff + ((g.end - g.start) >> PAGE_SHIFT) != next.pgoff) return false;
  if (!anonVmaSuits(g, next)) return false;
  if (!left) return true;
  // Both suit the range, but they must suit each other as well. If they do not, only the left one is used.
  const a = changetype<Vma>(g.prev).anonVma;
  return a == 0 || next.anonVma == 0 || a == next.anonVma;
}

/** Takes a VMA out whose range another one covers or is about to cover. */
function remove(mm: Mm, vma: Vma): void {
  vmaTreeRemove(mm, vma);
  vmaMarkDetached(vma);
}

/** Takes a VMA out of the reverse maps and frees it. The other VMA covers its range there already. */
function retire(vma: u32): void {
  if (vma == 0) return;
  vmaUnlinkRmap(changetype<Vma>(vma));
  vmaFree(changetype<Vma>(vma));
}

/**
 * Merges a new range, where nothing is mapped, into prev or next or both. Returns the VMA that covers it then, or 0: no
 * merge. g.oom says whether memory was missing. The mmap lock is held for writing.
 */
export function vmaMergeNew(mm: Mm, g: Vmg): u32 {
  const left = canMergeLeft(g);
  const right = canMergeRight(g, left);
  if (!left && !right) return 0;
  const target = changetype<Vma>(left ? g.prev : g.next);
  vmaStartWrite(target);
  if (left && right) vmaStartWrite(changetype<Vma>(g.next));
  if ((left && right && !dupAnonVma(target, g.next)) || !dupAnonVma(target, g.copiedFrom)) {
    g.oom = 1;
    return 0;
  }
  let gone: u32 = 0;
  let end = left ? g.end : target.end;
  if (left && right) {
    gone = g.next;
    end = changetype<Vma>(gone).end;
    remove(mm, changetype<Vma>(gone));
  }
  const start = left ? target.start : g.start;
  vmaAdjust(target, start, end, left ? target.pgoff : g.pgoff);
  retire(gone);
  return changetype<u32>(target);
}

/**
 * Merges the part [g.start, g.end) of g.middle, which gets new flags, into prev or next or both. Returns the VMA that
 * covers it then, or 0: no merge. The mmap lock is held for writing.
 */
export function vmaMergeExisting(mm: Mm, g: Vmg): u32 {
  const middle = changetype<Vma>(g.middle);
  const atStart = g.start == middle.start;
  const atEnd = g.end == middle.end;
  const left = atStart && canMergeLeft(g);
  const right = atEnd && canMergeRight(g, left);
  if (!left && !right) return 0;
  const whole = atStart && atEnd;
  vmaStartWrite(middle);
  const target = changetype<Vma>(left ? g.prev : g.next);
  vmaStartWrite(target);

  if (left && right) {
    const next = changetype<Vma>(g.next);
    vmaStartWrite(next);
    if (!dupAnonVma(target, next.anonVma != 0 ? g.next : g.middle)) return failed(g);
    const end = next.end;
    remove(mm, middle);
    remove(mm, next);
    vmaAdjust(target, target.start, end, target.pgoff);
    retire(g.middle);
    retire(g.next);
    return g.prev;
  }
  if (!dupAnonVma(target, g.middle)) return failed(g);
  if (whole) {
    remove(mm, middle);
    if (left) vmaAdjust(target, target.start, g.end, target.pgoff);
    else vmaAdjust(target, g.start, target.end, g.pgoff);
    retire(g.middle);
  } else if (left) {
    vmaMoveBorder(target, middle, g.end);
  } else {
    vmaMoveBorder(middle, target, g.start);
  }
  return changetype<u32>(target);
}

function failed(g: Vmg): u32 {
  g.oom = 1;
  return 0;
}
