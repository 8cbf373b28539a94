/** The links between VMAs and anon_vmas: the VMA's list (newest first, root last) and the anon_vma's interval tree. */

import { intervalInsert, intervalUpdate } from "../lib/interval";
import { rbErase, rbPropagate } from "../lib/rbtree";
import { CHECKED } from "../arch/check";
import { anonVmaPublished, treeChangeBegin, treeChangeEnd } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";

/** The key of an anon_vma's interval tree: the page offsets of the link's VMA. */
@unmanaged
export class ChainKey {

  @inline private avc(node: u32): AnonVmaChain {
    return changetype<AnonVmaChain>(node - <u32>offsetof<AnonVmaChain>("rbParent"));
  }

  @inline start(node: u32): u64 {
    return changetype<Vma>(this.avc(node).vma).pgoff;
  }

  @inline last(node: u32): u64 {
    const vma = changetype<Vma>(this.avc(node).vma);
    return vma.pgoff + vma.pages - 1;
  }

  @inline subtreeLast(node: u32): u64 {
    return this.avc(node).subtreeLast;
  }

  @inline setSubtreeLast(node: u32, last: u64): void {
    this.avc(node).subtreeLast = last;
  }

  @inline update(node: u32): bool {
    return intervalUpdate<ChainKey>(node);
  }
}

/** The link that a node of an anon_vma's tree belongs to. */
@inline
export function avcOfNode(node: u32): AnonVmaChain {
  return changetype<AnonVmaChain>(node - <u32>offsetof<AnonVmaChain>("rbParent"));
}

/** Connects a VMA and an anon_vma. The root's lock is held for writing. */
export function avcLink(vma: Vma, avc: AnonVmaChain, anonVma: AnonVma): void {
  avc.vma = changetype<u32>(vma);
  avc.anonVma = changetype<u32>(anonVma);
  avc.prev = 0;
  avc.next = vma.avcFirst;
  if (vma.avcFirst != 0) changetype<AnonVmaChain>(vma.avcFirst).prev = changetype<u32>(avc);
  else vma.avcLast = changetype<u32>(avc);
  vma.avcFirst = changetype<u32>(avc);
  // Faults in the VMA find the anon_vma from now on. Variants may have stored vma.anonVma without telling.
  if (CHECKED && vma.anonVma == changetype<u32>(anonVma)) anonVmaPublished(vma.anonVma);
  treeInsert(anonVma, avc);
}

/** Puts a link into an anon_vma's tree. The root's lock is held for writing. */
function treeInsert(anonVma: AnonVma, avc: AnonVmaChain): void {
  const lock = changetype<AnonVma>(anonVma.root).rwsemAt;
  treeChangeBegin(changetype<u32>(anonVma), lock);
  avc.subtreeLast = 0;
  intervalInsert<ChainKey>(anonVma.rbRootAt, <u32>avc.rbAt);
  treeChangeEnd(changetype<u32>(anonVma), lock);
}

/** Takes a link out of its VMA's list. */
export function avcUnlist(vma: Vma, avc: AnonVmaChain): void {
  if (avc.prev != 0) changetype<AnonVmaChain>(avc.prev).next = avc.next;
  else vma.avcFirst = avc.next;
  if (avc.next != 0) changetype<AnonVmaChain>(avc.next).prev = avc.prev;
  else vma.avcLast = avc.prev;
}

/** Takes a link out of its anon_vma's tree. The root's lock is held for writing. */
export function avcUntree(avc: AnonVmaChain): void {
  const anonVma = changetype<AnonVma>(avc.anonVma);
  const lock = changetype<AnonVma>(anonVma.root).rwsemAt;
  treeChangeBegin(avc.anonVma, lock);
  rbErase<ChainKey>(anonVma.rbRootAt, <u32>avc.rbAt);
  treeChangeEnd(avc.anonVma, lock);
}

/** Whether a VMA is linked to exactly one anon_vma. */
@inline
export function chainIsSingular(vma: Vma): bool {
  return vma.avcFirst != 0 && vma.avcFirst == vma.avcLast;
}

/** Whether a VMA is linked to the anon_vma at `anonVma`. */
export function isLinked(vma: Vma, anonVma: u32): bool {
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    if (changetype<AnonVmaChain>(at).anonVma == anonVma) return true;
  }
  return false;
}

/** Takes a VMA out of all its trees before its range changes. The root's lock is held for writing. */
export function chainPreUpdate(vma: Vma): void {
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) avcUntree(changetype<AnonVmaChain>(at));
}

/** Tells a VMA's trees that its end moved, and its start did not. The root's lock is held for writing. */
export function chainEndMoved(vma: Vma): void {
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    const avc = changetype<AnonVmaChain>(at);
    const lock = changetype<AnonVma>(changetype<AnonVma>(avc.anonVma).root).rwsemAt;
    treeChangeBegin(avc.anonVma, lock);
    rbPropagate<ChainKey>(<u32>avc.rbAt);
    treeChangeEnd(avc.anonVma, lock);
  }
}

/** Puts a VMA back into all its trees. The root's lock is still held. */
export function chainPostUpdate(vma: Vma): void {
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    const avc = changetype<AnonVmaChain>(at);
    treeInsert(changetype<AnonVma>(avc.anonVma), avc);
  }
}
