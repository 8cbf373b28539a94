/** Where each page stands in the map: a row or more of squares for each mapping, a heading for each address space. */

import type { MapMapping, MomentPages } from "./moment-pages.js";

/** Pixels of a square with the gap to the next one. */
export const CELL = 7;
const HEADING = 30;
const LABEL = 16;
const GAP = 4;
/** Pixels of the labels beside the squares; on a narrow screen they stand above. */
const BESIDE = 320;
const NARROW = 640;

/** One strip of the map. */
export interface Strip {
  readonly top: number;
  readonly height: number;
  readonly space: number;
  /** undefined: the heading of the space. */
  readonly mapping: MapMapping | undefined;
  /** Where its squares begin. */
  readonly left: number;
  readonly squaresTop: number;
}

/** The places of all pages of a moment, in a width. */
export class MapLayout {
  readonly strips: readonly Strip[];
  readonly columns: number;
  readonly height: number;
  readonly beside: boolean;
  readonly #pages: MomentPages;
  readonly #stripOf = new Map<MapMapping, Strip>();

  constructor(pages: MomentPages, width: number) {
    this.#pages = pages;
    this.beside = width >= NARROW;
    const left = this.beside ? BESIDE : 0;
    this.columns = Math.max(8, Math.floor((width - left - 4) / CELL));
    const strips: Strip[] = [];
    let top = 0;
    let space = -1;
    for (const mapping of pages.mappings) {
      if (mapping.space !== space) {
        space = mapping.space;
        strips.push({ top, height: HEADING, space, mapping: undefined, left, squaresTop: top });
        top += HEADING;
      }
      const rows = Math.ceil(mapping.pages / this.columns) * CELL;
      const above = this.beside ? 0 : LABEL;
      const height = Math.max(above + rows, LABEL) + GAP;
      const squaresTop = this.beside && rows < LABEL ? top + (LABEL - rows) / 2 : top + above;
      const strip = { top, height, space, mapping, left, squaresTop };
      strips.push(strip);
      this.#stripOf.set(mapping, strip);
      top += height;
    }
    this.strips = strips;
    this.height = top + GAP;
  }

  /** The index of the first strip that ends below a height. */
  stripAt(y: number): number {
    let [low, high] = [0, this.strips.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { top, height } = this.strips[middle] as Strip;
      if (top + height <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The page at a place; -1 where there is none. */
  pageAt(x: number, y: number): number {
    const strip = this.strips[this.stripAt(y)];
    const mapping = strip?.mapping;
    if (strip === undefined || mapping === undefined) return -1;
    const column = Math.floor((x - strip.left) / CELL);
    const row = Math.floor((y - strip.squaresTop) / CELL);
    if (column < 0 || column >= this.columns || row < 0) return -1;
    const index = row * this.columns + column;
    return index < mapping.pages ? mapping.first + index : -1;
  }

  /** Where a page's square stands. */
  placeOf(page: number): { readonly x: number; readonly y: number } {
    const mapping = this.#pages.mappingOf(page);
    const strip = this.#stripOf.get(mapping) as Strip;
    const index = page - mapping.first;
    return {
      x: strip.left + (index % this.columns) * CELL,
      y: strip.squaresTop + Math.floor(index / this.columns) * CELL,
    };
  }
}
