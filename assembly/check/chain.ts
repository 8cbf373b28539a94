/** Invariants of VMAs, chains and anon_vmas. The mmap lock is held for writing. */

import { readOnce32 } from "../arch/access";
import {
  LOCK_ANON_VMA,
  PANIC_I10,
  PANIC_I5,
  PANIC_I6,
  PANIC_I7,
  PANIC_TREE,
  PANIC_USE_AFTER_FREE,
  SLAB_ANON_VMA,
} from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { rbFirst, rbNext } from "../lib/rbtree";
import { slabState } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { avcOfNode, ChainKey } from "../rmap/chain";
import { readLock, readUnlock } from "../sync/rwsem";
import { check } from "./made";

/** Checks the chain of one VMA, and every anon_vma in it. */
export function checkChain(vma: Vma): void {
  if (vma.avcFirst == 0) {
    check(vma.anonVma == 0, PANIC_I5, changetype<u32>(vma), vma.anonVma);
    return;
  }
  const root = changetype<AnonVma>(changetype<AnonVma>(changetype<AnonVmaChain>(vma.avcFirst).anonVma).root);
  readLock(root.rwsemAt, LOCK_ANON_VMA);
  let own = false;
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    const avc = changetype<AnonVmaChain>(at);
    const anonVma = changetype<AnonVma>(avc.anonVma);
    check((slabState(SLAB_ANON_VMA, avc.anonVma) & 1) == 1, PANIC_USE_AFTER_FREE, avc.anonVma, changetype<u32>(vma));
    check(avc.vma == changetype<u32>(vma), PANIC_TREE, at, avc.vma);
    check(anonVma.root == changetype<u32>(root), PANIC_I7, avc.anonVma, changetype<u32>(vma));
    // I7: the newest link comes first, the root's last.
    if (avc.next == 0) check(anonVma === root, PANIC_I7, avc.anonVma, changetype<u32>(vma));
    if (avc.anonVma == vma.anonVma) own = true;
    check(isInTree(avc, anonVma, vma), PANIC_I5, at, avc.anonVma, changetype<u32>(vma));
    checkCounters(anonVma);
  }
  check(own || vma.anonVma == 0, PANIC_I5, changetype<u32>(vma), vma.anonVma);
  readUnlock(root.rwsemAt);
}

function isInTree(avc: AnonVmaChain, anonVma: AnonVma, vma: Vma): bool {
  const first = vma.pgoff;
  let node = intervalFirst<ChainKey>(anonVma.rbRootAt, first, first);
  for (; node != 0; node = intervalNext<ChainKey>(node, first, first)) {
    if (avcOfNode(node) === avc) return true;
  }
  return false;
}

/**
 * I10: numActiveVmas counts the VMAs whose own anon_vma this is. numChildren counts the anon_vmas whose parent it is,
 * and a root counts itself. Every VMA of a child is linked here as well, so this tree holds them all. Each child is
 * counted once, at the first VMA of its own tree.
 */
function checkCounters(anonVma: AnonVma): void {
  const self = changetype<u32>(anonVma);
  let active: u32 = 0;
  let children: u32 = anonVma.root == self ? 1 : 0;
  for (let node = rbFirst(anonVma.rbRootAt); node != 0; node = rbNext(node)) {
    const vma = changetype<Vma>(avcOfNode(node).vma);
    // RACE: a fork names a VMA's anon_vma without a lock. One that it names so is new, and not this one.
    if (readOnce32(vma.anonVmaAt) == self) active++;
    for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
      const avc = changetype<AnonVmaChain>(at);
      if (avc.anonVma == self) continue;
      const child = changetype<AnonVma>(avc.anonVma);
      if (child.parent == self && rbFirst(child.rbRootAt) == <u32>avc.rbAt) children++;
    }
  }
  check(anonVma.numActiveVmas == active, PANIC_I10, self, anonVma.numActiveVmas, active, 0);
  check(anonVma.numChildren == children, PANIC_I10, self, anonVma.numChildren, children, 1);
}

/** I6: two VMAs with the same anon_vma are linked to the same set of anon_vmas. */
export function checkSameChain(a: Vma, b: Vma): void {
  if (a.anonVma == 0 || a.anonVma != b.anonVma) return;
  let x = a.avcFirst;
  let y = b.avcFirst;
  while (x != 0 && y != 0) {
    const same = changetype<AnonVmaChain>(x).anonVma == changetype<AnonVmaChain>(y).anonVma;
    check(same, PANIC_I6, changetype<u32>(a), changetype<u32>(b));
    x = changetype<AnonVmaChain>(x).next;
    y = changetype<AnonVmaChain>(y).next;
  }
  check(x == 0 && y == 0, PANIC_I6, changetype<u32>(a), changetype<u32>(b));
}
