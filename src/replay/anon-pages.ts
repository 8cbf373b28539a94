/** The anonymous pages of an address space, as far as faults show them. They tell how far a running drop has come. */

import { PAGE_BYTES } from "../record/codes.js";

/** A set of pages, by address. */
export class AnonPages {
  readonly #pages = new Set<number>();

  /** A write fault mapped the page at `address`. */
  add(address: number): void {
    this.#pages.add(Math.floor(address / PAGE_BYTES));
  }

  has(address: number): boolean {
    return this.#pages.has(Math.floor(address / PAGE_BYTES));
  }

  /** Removes the pages of [start, end). Returns them, as numbers. */
  remove(start: number, end: number): number[] {
    const pages = this.#pages;
    const [first, last] = [Math.floor(start / PAGE_BYTES), Math.ceil(end / PAGE_BYTES)];
    const removed: number[] = [];
    if (last - first > pages.size) {
      for (const page of pages) if (first <= page && page < last) removed.push(page);
    } else {
      for (let page = first; page < last; page++) if (pages.has(page)) removed.push(page);
    }
    for (const page of removed) pages.delete(page);
    return removed;
  }

  /** Moves the pages of [start, end) to `target`. */
  move(start: number, end: number, target: number): void {
    const by = (target - start) / PAGE_BYTES;
    for (const page of this.remove(start, end)) this.#pages.add(page + by);
  }

  /** The address behind the first `count` pages from `start` on; `end` when there are fewer before it. */
  behind(start: number, end: number, count: number): number {
    let left = count;
    let address = start;
    for (; left > 0 && address < end; address += PAGE_BYTES) if (this.has(address)) left--;
    return address;
  }
}
