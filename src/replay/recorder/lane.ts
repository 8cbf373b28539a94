/** What one process did, by time: a row for each bin of the timeline in which something happened. */

/** The counters of a row, in their order. */
export const COUNTERS = ["anon", "cow", "file", "zero", "swapIn", "reused"] as const;
const COUNTED = COUNTERS.length;
/** Fields of a row: its bin, the counters, and the two counts of anonymous pages. */
const BIN = 0;
const FIRST_COUNTER = 1;
const PAGES = FIRST_COUNTER + COUNTED;
const KERNEL = PAGES + 1;
/** Fields of a row. */
export const STRIDE = KERNEL + 1;
/** No count in this bin. */
const NONE = -1;

/** A table of rows, ascending by bin. */
export class Lane {
  #rows = new Int32Array(0);
  #length = 0;

  /** Adds to a counter, by its place in COUNTERS. */
  count(bin: number, counter: number, by: number): void {
    const at = this.#row(bin) + FIRST_COUNTER + counter;
    this.#rows[at] = (this.#rows[at] as number) + by;
  }

  /** The engine's count of anonymous pages from this bin on. */
  pages(bin: number, pages: number): void {
    // An operation may take effect a little later than what the lane knows already.
    const last = this.#length === 0 ? bin : (this.#rows[(this.#length - 1) * STRIDE + BIN] as number);
    const at = this.#row(Math.max(bin, last)) + PAGES;
    this.#rows[at] = pages;
  }

  /** The kernel's count of them. */
  kernel(bin: number, pages: number): void {
    // The row first: it may take the array's place.
    const at = this.#row(bin) + KERNEL;
    this.#rows[at] = pages;
  }

  /** The number of rows, and one field of all of them. */
  get length(): number {
    return this.#length;
  }

  /** The rows, one after the other: bin, COUNTERS, the engine's pages, the kernel's pages or -1. */
  rows(): Int32Array {
    return this.#rows.slice(0, this.#length * STRIDE);
  }

  /** Bins 2n and 2n + 1 become bin n. */
  halve(): void {
    const rows = this.#rows;
    let to = 0;
    for (let from = 0; from < this.#length; from++) {
      const source = from * STRIDE;
      const bin = (rows[source] as number) >> 1;
      if (to > 0 && rows[(to - 1) * STRIDE] === bin) {
        const target = (to - 1) * STRIDE;
        for (let field = FIRST_COUNTER; field < PAGES; field++)
          rows[target + field] = (rows[target + field] as number) + (rows[source + field] as number);
        rows[target + PAGES] = rows[source + PAGES] as number;
        if (rows[source + KERNEL] !== NONE) rows[target + KERNEL] = rows[source + KERNEL] as number;
        continue;
      }
      rows.copyWithin(to * STRIDE, source, source + STRIDE);
      rows[to * STRIDE] = bin;
      to++;
    }
    this.#length = to;
  }

  /** Where the row of a bin begins. Makes it if it is not there. */
  #row(bin: number): number {
    let row = this.#length - 1;
    // Mostly the last row, or one behind it.
    while (row >= 0 && (this.#rows[row * STRIDE] as number) > bin) row--;
    if (row >= 0 && this.#rows[row * STRIDE] === bin) return row * STRIDE;
    return this.#insert(row + 1, bin);
  }

  #insert(row: number, bin: number): number {
    if ((this.#length + 1) * STRIDE > this.#rows.length) {
      const rows = this.#rows;
      this.#rows = new Int32Array(Math.max(4 * STRIDE, rows.length * 2));
      this.#rows.set(rows);
    }
    const rows = this.#rows;
    const at = row * STRIDE;
    rows.copyWithin(at + STRIDE, at, this.#length * STRIDE);
    rows.fill(0, at, at + STRIDE);
    rows[at] = bin;
    rows[at + PAGES] = row > 0 ? (rows[at - STRIDE + PAGES] as number) : 0;
    rows[at + KERNEL] = NONE;
    this.#length++;
    return at;
  }
}
