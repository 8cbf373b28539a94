/**
 * An anon_vma's list of VMAs, as in Linux 2.6.26: each VMA is on the list of its one anon_vma, at the end where it was
 * added. The links are the two words in which the engine's VMA otherwise keeps its chain: `avcFirst` is the next VMA,
 * `avcLast` the previous.
 *
 * The engine has an object for each pair of a VMA and an anon_vma, and a tree of those. They came in 2.6.34. In 2008
 * the whole family was on one list, and its spinlock kept the list whole. Linux added to the list of a new anon_vma
 * without that lock, and the thread was about that (Linux d9d332e0874f, “anon_vma_prepare: properly lock even newly
 * allocated entries”, Linus Torvalds, 19 October 2008).
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_LINK_BEGUN } from "../layout";
import { listChangeBegin, treeChangeEnd } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";

/** The VMA behind `vma` on its anon_vma's list, or 0. */
@inline
export function nextOnList(vma: Vma): u32 {
  return readOnce32(changetype<usize>(vma) + offsetof<Vma>("avcFirst"));
}

@inline
function setNext(vma: Vma, next: u32): void {
  writeOnce32(changetype<usize>(vma) + offsetof<Vma>("avcFirst"), next);
}

@inline
function setPrev(vma: Vma, prev: u32): void {
  writeOnce32(changetype<usize>(vma) + offsetof<Vma>("avcLast"), prev);
}

/** Adds `vma` at the end of the list. Its lock is held, unless nobody else can look at it (I1). */
export function listAddTail(anonVma: AnonVma, vma: Vma): void {
  listChangeBegin(changetype<u32>(anonVma), anonVma.lockAt);
  const last = anonVma.last;
  setPrev(vma, last);
  setNext(vma, 0);
  delayPoint(DELAY_LINK_BEGUN);
  if (last != 0) setNext(changetype<Vma>(last), changetype<u32>(vma));
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"), changetype<u32>(vma));
  writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"), changetype<u32>(vma));
  treeChangeEnd(changetype<u32>(anonVma), anonVma.lockAt);
}

/** Takes `vma` off the list. Its lock is held. */
export function listDel(anonVma: AnonVma, vma: Vma): void {
  listChangeBegin(changetype<u32>(anonVma), anonVma.lockAt);
  const next = vma.avcFirst;
  const prev = vma.avcLast;
  if (next != 0) setPrev(changetype<Vma>(next), prev);
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"), prev);
  if (prev != 0) setNext(changetype<Vma>(prev), next);
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"), next);
  setNext(vma, 0);
  setPrev(vma, 0);
  treeChangeEnd(changetype<u32>(anonVma), anonVma.lockAt);
}

/** Whether a VMA is linked to the anon_vma at `anonVma`. */
export function isLinked(vma: Vma, anonVma: u32): bool {
  return vma.anonVma == anonVma;
}

/** There is one anon_vma a VMA, so a fork child is no special case where VMAs merge. */
@inline
export function chainIsSingular(vma: Vma): bool {
  return true;
}

/** The list is not keyed by the VMAs' ranges: there is nothing to take out. */
@inline
export function chainPreUpdate(vma: Vma): void {}

/** Nor to tell anyone. */
@inline
export function chainEndMoved(vma: Vma): void {}

/** Nor to put back. */
@inline
export function chainPostUpdate(vma: Vma): void {}
