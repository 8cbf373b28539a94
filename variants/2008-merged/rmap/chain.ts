/**
 * An anon_vma's list of VMAs: each VMA is on the list of its one anon_vma, at the end where it was added. The links are
 * the two words in which the engine's VMA otherwise keeps its chain: `avcFirst` is the next VMA, `avcLast` the previous.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { PANIC_I1 } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";
import { lockIsHeld } from "../sync/lockdep";

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

/**
 * I1: while a list changes, whoever has its lock is the one that changes it. A list that no other CPU looks at may be
 * changed without the lock: then the lock must be free all the time.
 */
function checkNobodyElse(anonVma: AnonVma): void {
  const mine = lockIsHeld(anonVma.lockAt);
  bugUnless((readOnce32(anonVma.lockAt) != 0) == mine, PANIC_I1, changetype<u32>(anonVma));
}

/** Adds `vma` at the end of the list. */
export function listAddTail(anonVma: AnonVma, vma: Vma): void {
  checkNobodyElse(anonVma);
  const last = anonVma.last;
  setPrev(vma, last);
  setNext(vma, 0);
  delayPoint(20);
  if (last != 0) setNext(changetype<Vma>(last), changetype<u32>(vma));
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"), changetype<u32>(vma));
  writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"), changetype<u32>(vma));
  checkNobodyElse(anonVma);
}

/** Takes `vma` off the list. */
export function listDel(anonVma: AnonVma, vma: Vma): void {
  checkNobodyElse(anonVma);
  const next = vma.avcFirst;
  const prev = vma.avcLast;
  if (next != 0) setPrev(changetype<Vma>(next), prev);
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"), prev);
  if (prev != 0) setNext(changetype<Vma>(prev), next);
  else writeOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"), next);
  setNext(vma, 0);
  setPrev(vma, 0);
  checkNobodyElse(anonVma);
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

/** Nor to put back. */
@inline
export function chainPostUpdate(vma: Vma): void {}
