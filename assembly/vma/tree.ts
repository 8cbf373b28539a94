/**
 * The VMAs of an address space: a red-black tree by address, and a list through next and prev. Each tree node knows the
 * largest gap below a VMA of its subtree, so that a free place is found without a walk over the mappings. Tree and list
 * change under the mmap lock (write). Lookups hold it (read), or no lock at all. A lookup without a lock may miss a VMA
 * while the tree turns, and the caller then takes the lock.
 */

import { readOnce64, rcuDereference, writeOnce64 } from "../arch/access";
import { MMAP_BASE, MMAP_MIN } from "../layout";
import { rbErase, rbInsert, rbLeft, rbPropagate, rbRight } from "../lib/rbtree";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";

/** A lockless walk gives up after this many steps. A balanced tree of 2^31 nodes is not deeper. */
const MAX_STEPS: u32 = 62;

@inline
function ofNode(node: u32): Vma {
  return changetype<Vma>(node - <u32>offsetof<Vma>("rbParent"));
}

/** The summary of a subtree: the largest gap below any of its VMAs. */
@unmanaged
class GapKey {

  @inline update(node: u32): bool {
    const vma = ofNode(node);
    let gap = vma.gap;
    const left = rbLeft(node);
    if (left != 0 && ofNode(left).subtreeGap > gap) gap = ofNode(left).subtreeGap;
    const right = rbRight(node);
    if (right != 0 && ofNode(right).subtreeGap > gap) gap = ofNode(right).subtreeGap;
    if (vma.subtreeGap == gap) return false;
    vma.subtreeGap = gap;
    return true;
  }
}

/** The first VMA that ends above `address`, or 0. The mmap lock is held. */
export function findVma(mm: Mm, address: u64): u32 {
  let node = mm.root;
  let best: u32 = 0;
  while (node != 0) {
    const vma = ofNode(node);
    if (vma.end > address) {
      best = changetype<u32>(vma);
      if (vma.start <= address) break;
      node = rbLeft(node);
    } else {
      node = rbRight(node);
    }
  }
  return best;
}

/**
 * The VMA that held `address` a moment ago, or 0. The caller looks again under the VMA's lock. Needs no lock: what is
 * found is a guess until then. Each link is followed as a pointer: a VMA from a new slab page is seen as it was
 * constructed (a count of 0 lets nobody in), or as a later holder made it. Pairs with smpMb in mem/slab.ts, because the
 * writeOnce32 of links in lib/rbtree.ts orders nothing, and through vmaTryRead with vmaMarkAttached in vma/lock.ts.
 */
export function findVmaLockless(mm: Mm, address: u64): u32 {
  let node = rcuDereference(mm.rootAt);
  for (let steps: u32 = 0; node != 0 && steps < MAX_STEPS; steps++) {
    const vma = ofNode(node);
    if (readOnce64(vma.endAt) > address) {
      if (readOnce64(vma.startAt) <= address) return changetype<u32>(vma);
      node = rcuDereference(vma.rbLeftAt);
    } else {
      node = rcuDereference(vma.rbRightAt);
    }
  }
  return 0;
}

/** The first VMA that overlaps [start, end), or 0. The mmap lock is held. */
@inline
export function findVmaIntersection(mm: Mm, start: u64, end: u64): u32 {
  const vma = findVma(mm, start);
  return vma != 0 && changetype<Vma>(vma).start < end ? vma : 0;
}

/** The last VMA that starts below `address`, or 0. The mmap lock is held. */
export function findVmaPrev(mm: Mm, address: u64): u32 {
  let node = mm.root;
  let best: u32 = 0;
  while (node != 0) {
    const vma = ofNode(node);
    if (vma.start < address) {
      best = changetype<u32>(vma);
      node = rbRight(node);
    } else {
      node = rbLeft(node);
    }
  }
  return best;
}

/** Puts a VMA into list and tree. No VMA of its mm may overlap it. The mmap lock is held for writing. */
export function vmaTreeInsert(mm: Mm, vma: Vma): void {
  const start = vma.start;
  let parent: u32 = 0;
  let left = false;
  for (let at = mm.root; at != 0;) {
    parent = at;
    left = start < ofNode(at).start;
    at = left ? rbLeft(at) : rbRight(at);
  }
  const self = changetype<u32>(vma);
  const prev = parent == 0 ? 0 : left ? ofNode(parent).prev : changetype<u32>(ofNode(parent));
  const next = parent == 0 ? 0 : left ? changetype<u32>(ofNode(parent)) : ofNode(parent).next;
  vma.prev = prev;
  vma.next = next;
  if (prev != 0) changetype<Vma>(prev).next = self;
  else mm.first = self;
  if (next != 0) changetype<Vma>(next).prev = self;
  vma.gap = start - (prev != 0 ? changetype<Vma>(prev).end : 0);
  rbInsert<GapKey>(mm.rootAt, <u32>vma.rbAt, parent, left);
  gapBelowChanged(next);
  mm.mapCount++;
}

/** Takes a VMA out of list and tree. The mmap lock and the VMA's lock are held for writing. */
export function vmaTreeRemove(mm: Mm, vma: Vma): void {
  rbErase<GapKey>(mm.rootAt, <u32>vma.rbAt);
  if (vma.prev != 0) changetype<Vma>(vma.prev).next = vma.next;
  else mm.first = vma.next;
  if (vma.next != 0) changetype<Vma>(vma.next).prev = vma.prev;
  gapBelowChanged(vma.next);
  mm.mapCount--;
}

/**
 * Moves a VMA's borders and page offset. The VMA is out of its reverse-map trees. The mmap lock, the VMA's lock and the
 * locks of those trees are held for writing.
 */
export function vmaSetRange(vma: Vma, start: u64, end: u64, pgoff: u64): void {
  vma.tables = 0;
  if (end != vma.end) {
    // RACE: the lockless lookup reads both. It looks again under the VMA's lock.
    writeOnce64(vma.endAt, end);
    gapBelowChanged(vma.next);
  }
  vma.pgoff = pgoff;
  if (start == vma.start) return;
  writeOnce64(vma.startAt, start);
  gapBelowChanged(changetype<u32>(vma));
}

/** Updates the gap below `at` (a VMA or 0), which may have changed. */
function gapBelowChanged(at: u32): void {
  if (at == 0) return;
  const vma = changetype<Vma>(at);
  const gap = vma.start - (vma.prev != 0 ? changetype<Vma>(vma.prev).end : 0);
  if (gap == vma.gap) return;
  vma.gap = gap;
  rbPropagate<GapKey>(<u32>vma.rbAt);
}

/** The highest address below MMAP_BASE with `length` free bytes, or 0. The mmap lock is held for writing. */
export function unmappedArea(mm: Mm, length: u64): u64 {
  if (length > MMAP_BASE - MMAP_MIN) return 0;
  const last = findVmaPrev(mm, MMAP_BASE);
  const top = last == 0 ? MMAP_MIN : max(changetype<Vma>(last).end, MMAP_MIN);
  if (top <= MMAP_BASE - length) return MMAP_BASE - length;
  return highestGap(mm.root, length);
}

/** Finds the highest gap of `length` in a subtree: looks on the right, then at the node itself, then on the left. */
function highestGap(node: u32, length: u64): u64 {
  while (node != 0 && ofNode(node).subtreeGap >= length) {
    const found = highestGap(rbRight(node), length);
    if (found != 0) return found;
    const vma = ofNode(node);
    if (vma.gap >= length) {
      const ceiling = min(vma.start, MMAP_BASE);
      const floor = max(vma.start - vma.gap, MMAP_MIN);
      if (ceiling >= floor + length) return ceiling - length;
    }
    node = rbLeft(node);
  }
  return 0;
}
