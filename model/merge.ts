/**
 * When mappings become one. A *proposal* is a range with the properties it is about to have; the question is whether
 * the mapping before it and the one after it can take it in.
 *
 * 1. A neighbour is *of the same kind* when all its flags are equal to the proposal's (access rights, accounting,
 *    fork and KSM advice, lock, growth) and it maps the same object. It must touch the range, and its page offsets
 *    must continue the proposal's.
 * 2. Its anon_vma must suit: let T be the neighbour's and S the proposal's.
 *    - T none, S set: the neighbour will take S over. Not if the mapping that S comes from (the one being modified, or
 *      the one mremap copies) is a fork child.
 *    - T set, S none: the range will belong to T. Not if the neighbour is a fork child.
 *    - otherwise they must be equal (both none is equal).
 * 3. Both neighbours at once need prev and next to suit each other too: one has none, or they are equal. If they do
 *    not, the left one wins and the right one stays as it is.
 * 4. A range inside a mapping is being modified: left counts only if the range starts where the mapping starts, right
 *    only if it ends where the mapping ends. What is left of the mapping stays with its old properties.
 * 5. Who grows: prev if the left merges, else next. Whoever is swallowed hands its anon_vma, with its whole chain, to a
 *    grower that has none: with both sides next's if it has one, else the modified mapping's.
 * 6. Nothing merges by itself: munmap leaves neighbours alone, and advice or rights that change nothing do nothing.
 */

import { type AnonVma, dupAnonVma, isForkChild } from "./anon-vma.js";
import type { FileObject } from "./page.js";
import { ACCOUNT, READ, Vma, type VmaList, WRITE } from "./vma.js";

/** A range with the properties it is about to have. */
export interface Proposal {
  readonly start: number;
  readonly end: number;
  readonly flags: number;
  readonly pgoff: number;
  readonly object: FileObject | null;
  readonly anonVma: AnonVma | null;
  readonly prev: Vma | null;
  readonly next: Vma | null;
  /** The mapping being modified; none for a new range. */
  readonly middle: Vma | null;
  /** The mapping that mremap copies. */
  readonly copiedFrom: Vma | null;
}

function sameKind(p: Proposal, vma: Vma): boolean {
  return vma.flags === p.flags && vma.object === p.object;
}

function anonSuits(p: Proposal, vma: Vma): boolean {
  if (vma.anonVma === null && p.anonVma !== null) return !isForkChild(p.middle) && !isForkChild(p.copiedFrom);
  if (vma.anonVma !== null && p.anonVma === null) return !isForkChild(vma);
  return vma.anonVma === p.anonVma;
}

function canLeft(p: Proposal): boolean {
  const prev = p.prev;
  if (prev === null || prev.end !== p.start) return false;
  return sameKind(p, prev) && anonSuits(p, prev) && prev.pgoff + prev.pages === p.pgoff;
}

function canRight(p: Proposal, left: boolean): boolean {
  const next = p.next;
  if (next === null || next.start !== p.end) return false;
  if (!sameKind(p, next) || !anonSuits(p, next) || next.pgoff !== p.pgoff + (p.end - p.start)) return false;
  if (!left || p.prev === null) return true;
  return p.prev.anonVma === null || next.anonVma === null || p.prev.anonVma === next.anonVma;
}

/**
 * Takes a new range into its neighbours. Returns the mapping that contains it then, or null when it needs one of its
 * own.
 */
export function mergeNewRange(list: VmaList, p: Proposal): Vma | null {
  const left = canLeft(p);
  const right = canRight(p, left);
  const { prev, next } = p;
  if (left && prev !== null) {
    prev.end = p.end;
    if (right && next !== null) {
      prev.end = next.end;
      dupAnonVma(prev, next);
      list.remove(next);
    }
    if (p.copiedFrom !== null) dupAnonVma(prev, p.copiedFrom);
    return prev;
  }
  if (right && next !== null) {
    next.start = p.start;
    next.pgoff = p.pgoff;
    if (p.copiedFrom !== null) dupAnonVma(next, p.copiedFrom);
    return next;
  }
  return null;
}

/** Takes a part of an existing mapping into its neighbours, or returns null. */
function mergeExisting(list: VmaList, p: Proposal, middle: Vma): Vma | null {
  const atStart = p.start === middle.start;
  const atEnd = p.end === middle.end;
  const left = atStart && canLeft(p);
  const right = atEnd && canRight(p, left);
  const { prev, next } = p;
  if (left && right && prev !== null && next !== null) {
    dupAnonVma(prev, next.anonVma !== null ? next : middle);
    prev.end = next.end;
    list.remove(middle);
    list.remove(next);
    return prev;
  }
  if (left && prev !== null) {
    dupAnonVma(prev, middle);
    prev.end = p.end;
    if (atEnd) list.remove(middle);
    else shrinkFromLeft(middle, p.end);
    return prev;
  }
  if (right && next !== null) {
    dupAnonVma(next, middle);
    next.start = p.start;
    next.pgoff = p.pgoff;
    if (atStart) list.remove(middle);
    else middle.end = p.start;
    return next;
  }
  return null;
}

function shrinkFromLeft(vma: Vma, start: number): void {
  vma.pgoff += start - vma.start;
  vma.start = start;
}

/** Gives [start, end) of a mapping new flags, merging or splitting as needed. Returns the mapping of the range. */
export function modifyRange(list: VmaList, vma: Vma, start: number, end: number, flags: number): Vma {
  const merged = mergeExisting(
    list,
    {
      start,
      end,
      flags,
      pgoff: vma.pgoff + (start - vma.start),
      object: vma.object,
      anonVma: vma.anonVma,
      prev: list.prevOf(vma),
      next: list.nextOf(vma),
      middle: vma,
      copiedFrom: null,
    },
    vma,
  );
  if (merged !== null) return merged;
  const part = list.split(vma, start);
  list.split(part, end);
  part.flags = flags;
  return part;
}

/** Puts a mapping into the list for a new range that is free: merged with a neighbour, or of its own. */
export function addNewRange(
  list: VmaList,
  start: number,
  end: number,
  flags: number,
  pgoff: number,
  object: FileObject | null,
): Vma {
  const prev = list.before(start);
  const next = list.find(start);
  return placeNew(list, { start, end, flags, pgoff, object, ...NEW, prev, next });
}

/** Grows the heap from `old` to `end`: it joins only a mapping below that reaches into the heap, never one above. */
export function growHeap(list: VmaList, heapStart: number, old: number, end: number): Vma {
  const below = list.before(old);
  const prev = below !== null && below.end > heapStart ? below : null;
  const flags = READ | WRITE | ACCOUNT;
  return placeNew(list, { start: old, end, flags, pgoff: old, object: null, ...NEW, prev, next: null });
}

const NEW = { anonVma: null, middle: null, copiedFrom: null };

function placeNew(list: VmaList, p: Proposal): Vma {
  const merged = mergeNewRange(list, p);
  if (merged !== null) return merged;
  const vma = new Vma(p.start, p.end, p.flags, p.pgoff, p.object);
  list.insert(vma);
  return vma;
}
