/** What each process did, by time: a row for each bin of the timeline in which something happened. All rows share one table. */

import { grown, largerThan } from "../growth.js";

/** The counters of a row, in their order. */
export const COUNTERS = ["anon", "cow", "file", "zero", "swapIn", "reused"] as const;
const COUNTED = COUNTERS.length;
/** Fields of a row: its bin, the counters, and the two counts of anonymous pages. */
const BIN = 0;
const FIRST_COUNTER = 1;
export const PAGES = FIRST_COUNTER + COUNTED;
export const KERNEL = PAGES + 1;
/** Fields of a row, as others see it. */
export const STRIDE = KERNEL + 1;
/** In the table a row also says where its process's rows before and behind it begin. */
const BEFORE = STRIDE;
const BEHIND = STRIDE + 1;
const WIDTH = STRIDE + 2;
/** No count in this bin; no row. */
export const NONE = -1;

/** Rows at first, and processes. */
const FIRST_ROWS = 4;
const FIRST_LANES = 4;

/** The lanes of all processes. Each is a chain of rows, ascending by bin. */
export class Lanes {
  table = new Int32Array(FIRST_ROWS * WIDTH);
  /** Where the next row begins, and the chain of rows that bins left when they became one. */
  #end = 0;
  #free = NONE;
  /** By process: where its last row begins, the row that was asked for last, and the number of its rows. */
  last = new Int32Array(FIRST_LANES);
  #recent = new Int32Array(FIRST_LANES);
  #lengths = new Int32Array(FIRST_LANES);
  #lanes = 0;
  /** Rows that somebody had to step over. */
  steps = 0;

  /** Another process, without a row. Its place is the number of those before it. */
  add(): void {
    const lane = this.#lanes++;
    if (lane === this.last.length) {
      this.last = longer(this.last);
      this.#recent = longer(this.#recent);
      this.#lengths = longer(this.#lengths);
    }
    this.last[lane] = this.#recent[lane] = NONE;
  }

  /** Adds to the counters of a process what two tallies differ by, each modulo 2^32. */
  count(lane: number, bin: number, now: Uint32Array, before: Uint32Array): void {
    let at = NONE;
    for (let counter = 0; counter < COUNTED; counter++) {
      const by = ((now[counter] as number) - (before[counter] as number)) >>> 0;
      if (by === 0) continue;
      if (at === NONE) at = this.row(lane, bin);
      const field = at + FIRST_COUNTER + counter;
      this.table[field] = (this.table[field] as number) + by;
    }
  }

  /** Where the last row of a process begins, if it is of this bin or a later one; otherwise that of this bin. */
  lastRow(lane: number, bin: number): number {
    const last = this.last[lane] as number;
    // An operation may take effect a little later than what the lane knows already.
    return last !== NONE && (this.table[last] as number) >= bin ? last : this.row(lane, bin);
  }

  /** A process's rows, ascending by bin: bin, COUNTERS, the engine's pages, the kernel's pages or -1. */
  rows(lane: number): Int32Array {
    const rows = new Int32Array((this.#lengths[lane] as number) * STRIDE);
    let to = rows.length;
    for (let at = this.last[lane] as number; at !== NONE; at = this.table[at + BEFORE] as number) {
      to -= STRIDE;
      for (let field = 0; field < STRIDE; field++) rows[to + field] = this.table[at + field] as number;
    }
    return rows;
  }

  /** Bins 2n and 2n + 1 become bin n. */
  halve(): void {
    const table = this.table;
    for (let lane = 0; lane < this.#lanes; lane++) {
      this.#recent[lane] = this.last[lane] as number;
      let at = this.last[lane] as number;
      while (at !== NONE) {
        const bin = (table[at] as number) >> 1;
        table[at] = bin;
        const before = table[at + BEFORE] as number;
        if (before !== NONE && (table[before] as number) >> 1 === bin) {
          this.#merge(at, before);
          this.#lengths[lane] = (this.#lengths[lane] as number) - 1;
        }
        at = table[at + BEFORE] as number;
      }
    }
  }

  /** The row at `before` becomes part of the later one at `at`. */
  #merge(at: number, before: number): void {
    const table = this.table;
    for (let field = FIRST_COUNTER; field < PAGES; field++)
      table[at + field] = (table[at + field] as number) + (table[before + field] as number);
    if (table[at + KERNEL] === NONE) table[at + KERNEL] = table[before + KERNEL] as number;
    const first = table[before + BEFORE] as number;
    table[at + BEFORE] = first;
    if (first !== NONE) table[first + BEHIND] = at;
    table[before + BEFORE] = this.#free;
    this.#free = before;
  }

  /** Where the row of a bin begins in the table, which may be another one then. Makes the row if it is not there. */
  row(lane: number, bin: number): number {
    const last = this.last[lane] as number;
    return last !== NONE && this.table[last] === bin ? last : this.#find(lane, bin);
  }

  /**
   * Looks from the row on that was asked for last. The counters of a window come after the counts of pages, in the order of time: so
   * each row is stepped over twice at most.
   */
  #find(lane: number, bin: number): number {
    const table = this.table;
    let at = this.#recent[lane] as number;
    let behind = NONE;
    for (; at !== NONE && (table[at] as number) > bin; this.steps++) {
      behind = at;
      at = table[at + BEFORE] as number;
    }
    if (at !== NONE && behind === NONE) {
      behind = table[at + BEHIND] as number;
      for (; behind !== NONE && (table[behind] as number) <= bin; this.steps++) {
        at = behind;
        behind = table[at + BEHIND] as number;
      }
    }
    if (at === NONE || table[at] !== bin) at = this.#insert(lane, bin, at, behind);
    this.#recent[lane] = at;
    return at;
  }

  /** A new row between two others. */
  #insert(lane: number, bin: number, before: number, behind: number): number {
    const at = this.#take();
    const table = this.table;
    table.fill(0, at, at + WIDTH);
    table[at + BIN] = bin;
    table[at + PAGES] = before === NONE ? 0 : (table[before + PAGES] as number);
    table[at + KERNEL] = NONE;
    table[at + BEFORE] = before;
    table[at + BEHIND] = behind;
    if (before !== NONE) table[before + BEHIND] = at;
    if (behind !== NONE) table[behind + BEFORE] = at;
    else this.last[lane] = at;
    this.#lengths[lane] = (this.#lengths[lane] as number) + 1;
    return at;
  }

  /** Room for a row. */
  #take(): number {
    const at = this.#free;
    if (at !== NONE) {
      this.#free = this.table[at + BEFORE] as number;
      return at;
    }
    if (this.#end === this.table.length) this.table = longer(this.table);
    this.#end += WIDTH;
    return this.#end - WIDTH;
  }
}

function longer(from: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return grown(from, new Int32Array(largerThan(from.length)));
}
