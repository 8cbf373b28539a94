/** mmap, munmap, mprotect, mlock, brk. */
import type { MmapOp, Prot } from "../src/ops/operation.js";
import { WINDOW_PAGES } from "../src/ops/operation.js";
import type { Outcome } from "../src/ops/outcome.js";
import { access } from "./fault.js";
import { addNewRange, growHeap, modifyRange } from "./merge.js";
import { FileObject } from "./page.js";
import type { Process } from "./process.js";
import { ACCESS, ACCOUNT, GROWSDOWN, LOCKED, READ, SHARED, WRITE } from "./vma.js";

/** Rights as flags. */
function protFlags(prot: Prot): number {
  return prot === "none" ? 0 : prot === "r" ? READ : READ | WRITE;
}

/** The highest free range of that many pages in the window, or null. */
export function freeRange(process: Process, pages: number): number | null {
  let end = WINDOW_PAGES;
  for (const vma of process.vmas.all.toReversed()) {
    if (end - vma.end >= pages) return end - pages;
    end = vma.start;
  }
  return end >= pages ? end - pages : null;
}

/**
 * mmap. Private writable memory is accounted. Shared anonymous memory is a file of its own that nobody else can map,
 * as long as the call asked for. What stood in the range is removed first.
 */
export function mmap(process: Process, op: MmapOp, file: FileObject): Outcome {
  if (op.pages === 0) return "EINVAL";
  const start = op.page === "any" ? freeRange(process, op.pages) : op.page;
  if (start === null) return "ENOMEM";
  const end = start + op.pages;
  let flags = protFlags(op.prot);
  if (op.shared) flags |= SHARED;
  else if (op.prot === "rw") flags |= ACCOUNT;
  if (op.stack) flags |= GROWSDOWN;
  let object: FileObject | null = null;
  let pgoff = start;
  if (op.backing !== "anon") {
    object = file;
    pgoff = op.backing;
  } else if (op.shared) {
    object = new FileObject(op.pages, false);
    pgoff = 0;
  }
  process.unmap(start, end);
  addNewRange(process.vmas, start, end, flags, pgoff, object);
  return 0;
}

/** munmap: holes are no error, an empty range is. */
export function munmap(process: Process, page: number, pages: number): Outcome {
  if (pages === 0) return "EINVAL";
  process.unmap(page, page + pages);
  return 0;
}

/**
 * Changes the flags of [start, end) mapping by mapping. A hole at the start stops before anything is done, a later one
 * after the mappings before it were changed; both are ENOMEM.
 */
function changeRange(
  process: Process,
  start: number,
  end: number,
  newFlags: (flags: number, untouched: boolean) => number,
  changed: (from: number, to: number, old: number, now: number) => void = () => {},
): Outcome {
  if (start === end) return 0;
  let at = start;
  while (at < end) {
    const vma = process.vmas.at(at);
    if (vma === null) return "ENOMEM";
    const to = Math.min(vma.end, end);
    const old = vma.flags;
    const flags = newFlags(old, vma.isAnonymous && vma.anonVma === null);
    const from = at;
    at = flags === old ? vma.end : modifyRange(process.vmas, vma, from, to, flags).end;
    if (flags !== old) changed(from, to, old, flags);
  }
  return 0;
}

/**
 * mprotect. Private memory that becomes writable for the first time is accounted; that is undone only for private
 * anonymous memory that has no anon_vma. So a mapping that once was written stays of another kind than a fresh
 * read-only one. Locked private memory that becomes writable gets its own pages at once.
 */
export function mprotect(process: Process, page: number, pages: number, prot: Prot): Outcome {
  const newFlags = (old: number, untouched: boolean): number => {
    let flags = (old & ~ACCESS) | protFlags(prot);
    if (flags === old) return old;
    if (flags & WRITE) {
      if ((old & (ACCOUNT | WRITE | SHARED)) === 0) flags |= ACCOUNT;
    } else if (untouched) {
      flags &= ~ACCOUNT;
    }
    return flags;
  };
  return changeRange(process, page, page + pages, newFlags, (from, to, old, now) => {
    if ((old & (LOCKED | WRITE | SHARED)) !== LOCKED || (now & WRITE) === 0) return;
    // What is missing is left out.
    for (let at = from; at < to; at++) populate(process, at, at + 1);
  });
}

/** Brings in what a locked range needs: a write access to private writable memory, else a read. Stops at an error. */
export function populate(process: Process, start: number, end: number): Outcome {
  for (let at = start; at < end; at++) {
    const vma = process.vmas.at(at);
    if (vma === null) continue;
    const outcome = access(process, at, vma.has(WRITE) && !vma.has(SHARED));
    if (outcome !== 0) return outcome;
  }
  return 0;
}

/** mlock sets the flag and brings every page in (writing, where private memory is writable); munlock clears it. */
export function mlock(process: Process, page: number, pages: number, lock: boolean): Outcome {
  const end = page + pages;
  const outcome = changeRange(process, page, end, (old) => (lock ? old | LOCKED : old & ~LOCKED));
  if (outcome !== 0 || !lock) return outcome;
  const brought = populate(process, page, end);
  return brought === 0 || brought === "EMISSING" ? brought : "ENOMEM";
}

/** brk: the heap grows into free memory only, one page away from what stands above, and shrinks like munmap. */
export function brk(process: Process, end: number): Outcome {
  const old = process.heapEnd;
  if (end < process.heapStart) return "ENOMEM";
  if (end === old) return 0;
  if (end < old) {
    const vma = process.vmas.find(end);
    if (vma === null || vma.start >= old) return "ENOMEM";
    process.heapEnd = end;
    process.unmap(end, old);
    return 0;
  }
  const above = process.vmas.find(old);
  if (above !== null && end + 1 > above.start - (above.has(GROWSDOWN) ? 256 : 0)) return "ENOMEM";
  growHeap(process.vmas, process.heapStart, old, end);
  process.heapEnd = end;
  return 0;
}
