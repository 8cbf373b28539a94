/**
 * The few pages in which a program's mappings meet: mostly in a row in one page table, sometimes on both sides of the
 * border between two tables, and sometimes far apart.
 */

import type { Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";

/** Pages of a page table. */
const TABLE = 512;
/** One in so many programs with several pages has some in another table, and one in so many some far apart. */
const BORDER = 6;
const APART = 8;
/** Pages between those that are far apart: more than reclaim looks over, or a whole table. */
const GAPS = [0, 0, 16, TABLE] as const;
/** Where stacks begin: each far from the others, and from all that a program maps. */
const STACKS = [600, 1200] as const;
const HIGH_STACKS = [2200, 2800] as const;

/** Some pages, by their place among each other. */
export class Window {
  readonly first: number;
  /** How many they are. */
  readonly pages: number;
  readonly #below: number;
  readonly #gap: number;

  /** `pages` pages from `first` on, with `gap` other pages behind the first `below` of them. */
  constructor(first: number, pages: number, below = pages, gap = 0) {
    this.first = first;
    this.pages = pages;
    this.#below = below;
    this.#gap = gap;
  }

  /** A window of so many pages. */
  static draw(dice: Dice, pages: number): Window {
    if (pages < 2) return new Window(0, pages);
    if (dice.once(BORDER)) {
      const below = 1 + dice.below(pages - 1);
      return new Window(TABLE - below, pages, below, dice.pick(GAPS));
    }
    return dice.once(APART) ? new Window(0, pages, 1 + dice.below(pages - 1), 16) : new Window(0, pages);
  }

  /** That of a program that is known, by the first thing that it maps; undefined: it maps nothing. */
  static of(operations: readonly Operation[]): Window | undefined {
    const map = operations.find(({ kind }) => kind === "mmap");
    if (map?.kind !== "mmap" || typeof map.page !== "number" || map.stack) return undefined;
    const { page: first, pages } = map;
    const gap = pages >= TABLE ? TABLE : pages > 16 ? 16 : 0;
    const own = pages - gap;
    const isAtBorder = first > 0 && first < TABLE && first + own > TABLE;
    return new Window(first, own, isAtBorder ? TABLE - first : Math.max(1, own >> 1), gap);
  }

  /** The page with this place. Behind the last one they go on in a row. */
  at(place: number): number {
    return this.first + place + (place < this.#below ? 0 : this.#gap);
  }

  /** The place of a page; negative or behind the last one for a page that is none of these. */
  placeOf(page: number): number {
    const place = page - this.first;
    return place < this.#below ? place : Math.max(this.#below, place - this.#gap);
  }

  /** How many pages a range has that begins with a page and has `count` of these. */
  span(page: number, count: number): number {
    return Math.max(1, this.at(this.placeOf(page) + count - 1) + 1 - page);
  }

  /** So many pages of a range at most: what works on each page of it stays cheap. */
  near(pages: number): number {
    return Math.min(pages, this.pages + 2);
  }

  /** All of them, and what lies between. */
  get all(): number {
    return this.at(this.pages - 1) + 1 - this.first;
  }

  /** Where stacks begin. */
  get stacks(): readonly number[] {
    return this.first + this.all > TABLE ? HIGH_STACKS : STACKS;
  }
}
