/** mremap in all forms: in place, with a fixed destination, anywhere, leaving the source mapped. */
import type { MremapOp } from "../src/ops/operation.js";
import type { Outcome } from "../src/ops/outcome.js";
import { unlinkChain } from "./anon-vma.js";
import { breakKsm } from "./ksm.js";
import { freeRange, populate } from "./mapping.js";
import { mergeNewRange } from "./merge.js";
import type { Process } from "./process.js";
import { LOCKED, MERGEABLE, MISSING, SHARED, type Vma } from "./vma.js";

/**
 * Runs the call; the order of checks decides which error a doubly wrong call gets. What grew of locked memory is
 * brought in afterwards.
 */
export function mremap(process: Process, op: MremapOp): Outcome {
  const { page, pages, newPages, to, keep } = op;
  if (newPages === 0) return "EINVAL";
  if (typeof to === "number") {
    if (keep && pages !== newPages) return "EINVAL";
    if (page + pages > to && to + newPages > page) return "EINVAL";
    if (pages === newPages) return moveAll(process, page, pages, to, keep);
  }
  const vma = process.vmas.at(page);
  if (vma === null) return "EFAULT";
  if (typeof to === "number" || newPages > pages) {
    const wrong = checkPart(vma, page, pages, newPages);
    if (wrong !== 0) return wrong;
  }
  const locked = vma.has(LOCKED);
  if (typeof to === "number") {
    const wrong = moveTo(process, page, pages, newPages, to, keep);
    if (wrong === 0 && locked) populate(process, to + pages, to + newPages);
    return wrong;
  }
  if (newPages < pages) process.unmap(page + newPages, page + pages);
  if (newPages <= pages) return 0;
  if (expandInPlace(process, vma, page, pages, newPages)) {
    if (locked) populate(process, page + pages, page + newPages);
    return 0;
  }
  if (to === "stay") return "ENOMEM";
  const free = freeRange(process, newPages);
  if (free === null) return "ENOMEM";
  move(process, vma, page, pages, newPages, free, false);
  if (locked) populate(process, free + pages, free + newPages);
  return 0;
}

/** A part that grows or moves must lie inside one mapping; of shared memory a part of length 0 may be duplicated. */
function checkPart(vma: Vma, page: number, pages: number, newPages: number): Outcome {
  if (pages === 0 && !vma.has(SHARED)) return "EINVAL";
  return Math.min(pages, newPages) > vma.end - page ? "EFAULT" : 0;
}

/**
 * A move that keeps the size takes any number of mappings: each goes on its own, the gaps between them are kept, and
 * what stands in the gaps of the destination stays. It must not start in a gap.
 */
function moveAll(process: Process, page: number, pages: number, to: number, keep: boolean): Outcome {
  const end = page + pages;
  let at = page;
  if (process.vmas.at(page) === null) return "EFAULT";
  while (at < end) {
    const vma = process.vmas.find(at);
    if (vma === null || vma.start >= end) break;
    const from = Math.max(vma.start, at);
    const upTo = Math.min(vma.end, end);
    const wrong = moveTo(process, from, upTo - from, upTo - from, to + (from - page), keep);
    if (wrong !== 0) return wrong;
    at = upTo;
  }
  return 0;
}

/** Clears the destination, drops what is cut off, moves the rest. */
function moveTo(
  process: Process,
  page: number,
  pages: number,
  newPages: number,
  to: number,
  keep: boolean,
): Outcome {
  process.unmap(to, to + newPages);
  if (newPages < pages) process.unmap(page + newPages, page + pages);
  const vma = process.vmas.at(page);
  if (vma === null) return "EFAULT";
  move(process, vma, page, Math.min(pages, newPages), newPages, to, keep);
  return 0;
}

/** Growth at a mapping's end into free pages; the next mapping may become part of it. */
function expandInPlace(process: Process, vma: Vma, page: number, pages: number, newPages: number): boolean {
  const end = page + newPages;
  const next = process.vmas.nextOf(vma);
  if (page + pages !== vma.end || (next !== null && next.start < end)) return false;
  const merged = mergeNewRange(process.vmas, {
    start: vma.end,
    end,
    flags: vma.flags,
    pgoff: vma.pgoff + vma.pages,
    object: vma.object,
    anonVma: vma.anonVma,
    prev: vma,
    next,
    middle: null,
    copiedFrom: null,
  });
  return merged !== null;
}

/**
 * Moves [page, page + pages) to `to`, where the mapping will have `newPages` pages. KSM pages of a mergeable mapping
 * are broken first. Anonymous memory that never had an anon_vma takes the page offset of its new place, which lets it
 * merge there (even with its own source); everything else keeps its offsets, and with them its pages' identity.
 */
function move(
  process: Process,
  source: Vma,
  page: number,
  pages: number,
  newPages: number,
  to: number,
  keep: boolean,
): void {
  if (source.has(MERGEABLE)) breakKsm(process, source, page, page + pages);
  const untouched = source.isAnonymous && source.anonVma === null;
  const pgoff = untouched ? to : source.pgoff + (page - source.start);
  const list = process.vmas;
  // Nobody supplies missing pages at the new place.
  const flags = source.flags & ~MISSING;
  let target = mergeNewRange(list, {
    start: to,
    end: to + newPages,
    flags,
    pgoff,
    object: source.object,
    anonVma: source.anonVma,
    prev: list.before(to),
    next: list.find(to),
    middle: null,
    copiedFrom: source,
  });
  if (target === null) {
    target = source.twin(to, to + newPages, pgoff);
    target.flags = flags;
    list.insert(target);
  }
  for (const [at, entry] of [...process.table.present(page, page + pages)]) {
    process.table.set(to + (at - page), entry);
    process.table.clear(at);
  }
  if (!keep) {
    process.unmap(page, page + pages);
    return;
  }
  const left = list.at(page);
  if (left === null) return;
  left.flags &= ~LOCKED;
  if (left.start === page && left.end === page + pages && left !== target) unlinkChain(left);
}
