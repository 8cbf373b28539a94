/** What an access does: permission, stack growth, the kinds of fault, copy-on-write. */
import type { Outcome } from "../src/ops/outcome.js";
import { prepareAnonVma } from "./anon-vma.js";
import { Page, ZERO } from "./page.js";
import type { Process } from "./process.js";
import { ACCESS, GROWSDOWN, MISSING, READ, SHARED, type Vma, WRITE } from "./vma.js";

/** Entries mapped around a read fault on a file. */
const AROUND = 16;
/** Entries of one page table. */
const TABLE = 512;
/** Pages that must stay free below a growing stack. */
const STACK_GAP = 256;
/** Most pages of a stack (RLIMIT_STACK of 8 MiB). */
const STACK_LIMIT = 2048;

/** Makes the page accessible as a CPU would, without storing. 0, "SEGV", "BUS", or "EMISSING": nobody has supplied the page. */
export function access(process: Process, at: number, write: boolean): Outcome {
  const vma = process.vmas.at(at) ?? grow(process, at);
  if (vma === null || !vma.has(write ? WRITE : ACCESS)) return "SEGV";
  const page = process.table.get(at);
  if (page === null && vma.has(MISSING)) return "EMISSING";
  if (page === null)
    return vma.isAnonymous ? anonymousFault(process, vma, at, write) : fileFault(process, vma, at, write);
  if (write && vma.has(SHARED)) page.dirty = true;
  else if (write) copyOnWrite(process, vma, at, page);
  return 0;
}

/** A read, or a write of a value. */
export function load(process: Process, at: number): Outcome {
  return access(process, at, false);
}

/** Stores the value in the page's first word. */
export function store(process: Process, at: number, value: bigint): Outcome {
  const outcome = access(process, at, true);
  if (outcome !== 0) return outcome;
  const page = process.table.get(at);
  if (page === null || page === ZERO) throw new Error("a write access left no writable page");
  page.value = value;
  return 0;
}

/** Supplies a missing page, with a word or as the zero page. */
export function supply(process: Process, at: number, value: bigint | undefined): Outcome {
  const vma = process.vmas.at(at);
  if (vma === null || !vma.has(MISSING)) return "ENOENT";
  prepare(process, vma);
  if (process.table.get(at) !== null) return "EEXIST";
  process.table.set(at, value === undefined ? ZERO : new Page("anon", value));
  return 0;
}

/**
 * Grows the stack above the page down to it. The mapping below must stay 256 pages away, unless it cannot be accessed
 * or is a stack itself. The growth comes before the check of access rights.
 */
function grow(process: Process, at: number): Vma | null {
  const vma = process.vmas.find(at);
  if (vma === null || !vma.has(GROWSDOWN)) return null;
  const below = process.vmas.before(at);
  if (below !== null && !below.has(GROWSDOWN) && below.has(READ | WRITE) && at - below.end < STACK_GAP)
    return null;
  prepare(process, vma);
  if (vma.end - at > STACK_LIMIT) return null;
  vma.pgoff -= vma.start - at;
  vma.start = at;
  return vma;
}

function prepare(process: Process, vma: Vma): void {
  prepareAnonVma(vma, process.vmas.prevOf(vma), process.vmas.nextOf(vma));
}

/** A read of untouched memory shows the zero page and needs no anon_vma; a write gets a page of its own. */
function anonymousFault(process: Process, vma: Vma, at: number, write: boolean): Outcome {
  if (write) prepare(process, vma);
  process.table.set(at, write ? new Page("anon", 0n) : ZERO);
  return 0;
}

function fileFault(process: Process, vma: Vma, at: number, write: boolean): Outcome {
  const object = vma.object;
  if (object === null) throw new Error("a file fault needs an object");
  const index = vma.pgoff + (at - vma.start);
  if (write && !vma.has(SHARED)) {
    // The anon_vma is made before anyone looks at the file's end, and the original goes into the cache.
    prepare(process, vma);
    const original = object.fetch(index);
    if (original === null) return "BUS";
    process.table.set(at, new Page("anon", original.value));
    return 0;
  }
  if (!write) {
    mapAround(process, vma, at);
    if (process.table.get(at) !== null) return 0;
  }
  const page = object.fetch(index);
  if (page === null) return "BUS";
  if (write) page.dirty = true;
  process.table.set(at, page);
  return 0;
}

/**
 * Fault-around: maps what the page cache already has near a read fault. The window starts at the 64 KiB boundary (of
 * the virtual address) below the page, or at the mapping's start, and is 16 entries long from there: it does not leave
 * the mapping or the page table, but it may end past the next boundary.
 */
function mapAround(process: Process, vma: Vma, at: number): void {
  const object = vma.object;
  if (object === null) return;
  const from = Math.max(at - (at % AROUND), vma.start);
  const to = Math.min(from + AROUND, at - (at % TABLE) + TABLE, vma.end);
  for (let page = from; page < to; page++) {
    const index = vma.pgoff + (page - vma.start);
    const cached = index < object.size ? object.cache.get(index) : undefined;
    if (cached !== undefined && process.table.get(page) === null) process.table.set(page, cached);
  }
}

/**
 * A write to a present page of a private mapping. An anonymous page that only this entry maps is written in place; a
 * KSM page never is. Everything else is copied, and only that needs an anon_vma.
 */
function copyOnWrite(process: Process, vma: Vma, at: number, page: Page): void {
  if (page.kind === "anon" && page.mapcount === 1) return;
  copyPage(process, vma, at, page);
}

/** Replaces the entry by an anonymous copy. */
export function copyPage(process: Process, vma: Vma, at: number, page: Page): void {
  prepare(process, vma);
  process.table.set(at, new Page("anon", page.value));
}
