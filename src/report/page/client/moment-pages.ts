/** The pages of a moment, unpacked: who maps which frame. */

import { PAGE_KIND, PAGE_WRITABLE, PAGE_ZERO } from "../../../inspect/page-scan.js";
import type { PageMoment } from "../data.js";
import { Unpacker } from "../pack.js";

/** One mapping with pages. */
export interface MapMapping {
  readonly space: number;
  readonly permissions: string;
  readonly path: string;
  /** The first of its pages in the arrays, and their number. */
  readonly first: number;
  readonly pages: number;
  /** Address of its start, in pages. */
  readonly start: number;
}

/** All pages of a moment, one after the other. */
export class MomentPages {
  readonly moment: PageMoment;
  readonly mappings: readonly MapMapping[];
  /** Address in pages, frame number (-1: none), kind with its bits. */
  readonly addresses: Float64Array;
  readonly frames: Int32Array;
  readonly #kinds: Uint8Array;
  /** The pages of frame f stand in `#sharers` from `#first[f]` up to `#first[f + 1]`. */
  readonly #first: Uint32Array;
  readonly #sharers: Uint32Array;

  constructor(moment: PageMoment) {
    this.moment = moment;
    const mappings: MapMapping[] = [];
    let total = 0;
    for (const [space, { mappings: all }] of moment.spaces.entries())
      for (const [start, , permissions, path, pages] of all) {
        mappings.push({ space, permissions, path: moment.paths[path] ?? "", first: total, pages, start });
        total += pages;
      }
    this.mappings = mappings;
    this.addresses = new Float64Array(total);
    this.frames = new Int32Array(total);
    this.#kinds = new Uint8Array(total);
    const packed = new Unpacker(moment.pages);
    let [last, most, at] = [-1, -1, 0];
    for (const { start, pages } of mappings) {
      let offset = 0;
      for (let page = 0; page < pages; page++, at++) {
        const step = packed.next();
        const kind = step & (PAGE_KIND | PAGE_WRITABLE);
        const place = offset + Math.floor(step / 8);
        offset = place + 1;
        this.addresses[at] = start + place;
        this.#kinds[at] = kind;
        if ((kind & PAGE_KIND) === PAGE_ZERO) {
          this.frames[at] = -1;
          continue;
        }
        last += 1 + packed.signed();
        this.frames[at] = last;
        most = Math.max(most, last);
      }
    }
    this.#first = new Uint32Array(most + 2);
    for (const frame of this.frames)
      if (frame >= 0) this.#first[frame + 1] = (this.#first[frame + 1] as number) + 1;
    for (let frame = 0; frame <= most; frame++)
      this.#first[frame + 1] = (this.#first[frame + 1] as number) + (this.#first[frame] as number);
    const next = this.#first.slice();
    this.#sharers = new Uint32Array(total);
    for (const [page, frame] of this.frames.entries()) {
      if (frame < 0) continue;
      this.#sharers[next[frame] as number] = page;
      next[frame] = (next[frame] as number) + 1;
    }
  }

  /** The number of pages. */
  get length(): number {
    return this.addresses.length;
  }

  kind(page: number): number {
    return (this.#kinds[page] as number) & PAGE_KIND;
  }

  writable(page: number): boolean {
    return ((this.#kinds[page] as number) & PAGE_WRITABLE) !== 0;
  }

  /** The number of entries that map the page's frame, its own included. */
  mapped(page: number): number {
    const frame = this.frames[page] as number;
    return frame < 0 ? 1 : (this.#first[frame + 1] as number) - (this.#first[frame] as number);
  }

  /** All entries that map the page's frame, its own included, in the order of spaces: what the reverse map finds. */
  sharers(page: number): Uint32Array {
    const frame = this.frames[page] as number;
    if (frame < 0) return Uint32Array.of(page);
    return this.#sharers.subarray(this.#first[frame], this.#first[frame + 1]);
  }

  /** The mapping that a page is in. */
  mappingOf(page: number): MapMapping {
    let [low, high] = [0, this.mappings.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.mappings[middle] as MapMapping).first <= page) low = middle;
      else high = middle - 1;
    }
    return this.mappings[low] as MapMapping;
  }
}
