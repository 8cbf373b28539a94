/** Mappings: their fields, the order they stand in, and splitting. */
import type { AnonVma } from "./anon-vma.js";
import { cloneChain, unlinkChain } from "./anon-vma.js";
import type { FileObject } from "./page.js";

/** Flags that decide whether two mappings are of one kind. */
export const READ = 1;
export const WRITE = 2;
export const SHARED = 4;
export const GROWSDOWN = 8;
export const LOCKED = 16;
export const DONTCOPY = 32;
export const ACCOUNT = 64;
export const WIPEONFORK = 128;
export const MERGEABLE = 256;
/** Absent pages are missing: somebody must supply them. */
export const MISSING = 512;
/** The flags that an access is checked against. */
export const ACCESS = READ | WRITE;

/** A mapping of pages [start, end). */
export class Vma {
  anonVma: AnonVma | null = null;
  /** anon_vmas this mapping is linked to, newest first; the root stands last. */
  chain: AnonVma[] = [];

  constructor(
    public start: number,
    public end: number,
    public flags: number,
    /** Page of the object at `start`; for private anonymous memory the page number it was created at. */
    public pgoff: number,
    /** What backs it; null for private anonymous memory. */
    readonly object: FileObject | null,
  ) {}

  get pages(): number {
    return this.end - this.start;
  }

  /** Private anonymous memory. */
  get isAnonymous(): boolean {
    return this.object === null;
  }

  has(flags: number): boolean {
    return (this.flags & flags) !== 0;
  }

  /** A twin over [start, end) with the same flags and object, linked to the same anon_vmas. */
  twin(start: number, end: number, pgoff: number): Vma {
    const twin = new Vma(start, end, this.flags, pgoff, this.object);
    // The pointer is copied first, so cloning cannot pick an abandoned anon_vma as it may for a fork.
    twin.anonVma = this.anonVma;
    cloneChain(twin, this);
    return twin;
  }
}

/** The mappings of one process in address order. */
export class VmaList {
  readonly all: Vma[] = [];

  /** The first mapping that ends after `page`: it contains the page, or is the next one. */
  find(page: number): Vma | null {
    return this.all.find((v) => v.end > page) ?? null;
  }

  /** The mapping that contains `page`. */
  at(page: number): Vma | null {
    const vma = this.find(page);
    return vma !== null && vma.start <= page ? vma : null;
  }

  /** The last mapping that starts before `page`. */
  before(page: number): Vma | null {
    return this.all.findLast((v) => v.start < page) ?? null;
  }

  /** The mapping that stands before this one in the list. */
  prevOf(vma: Vma): Vma | null {
    return this.all[this.all.indexOf(vma) - 1] ?? null;
  }

  /** The mapping that stands after this one in the list. */
  nextOf(vma: Vma): Vma | null {
    return this.all[this.all.indexOf(vma) + 1] ?? null;
  }

  insert(vma: Vma): void {
    const next = this.all.findIndex((v) => v.start >= vma.end);
    this.all.splice(next < 0 ? this.all.length : next, 0, vma);
  }

  /** Takes a mapping out and unlinks it from its anon_vmas. */
  remove(vma: Vma): void {
    this.all.splice(this.all.indexOf(vma), 1);
    unlinkChain(vma);
  }

  /** Cuts a mapping at `page` when that lies inside; the given mapping keeps the left part. Returns the right part. */
  split(vma: Vma, page: number): Vma {
    if (page <= vma.start || page >= vma.end) return vma;
    const right = vma.twin(page, vma.end, vma.pgoff + (page - vma.start));
    vma.end = page;
    this.insert(right);
    return right;
  }

  /** Cuts at both ends, so that [start, end) is covered by whole mappings, and returns these. */
  carve(start: number, end: number): Vma[] {
    for (const page of [start, end]) {
      const vma = this.at(page);
      if (vma !== null) this.split(vma, page);
    }
    return this.all.filter((v) => v.start < end && v.end > start);
  }
}
