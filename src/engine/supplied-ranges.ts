/** The ranges of missing pages that have handlers: by address space, in the order of their addresses. */
import type { PageContent } from "./page-content.js";

/** Supplies a page: gets the address of its first byte, and returns its content. Nothing stands for zeros. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing supplies zeros.
export type MissingHandler = (address: number) => PageContent | void | PromiseLike<PageContent | void>;

/** A range of an address space whose absent pages a handler supplies. */
export interface Supplied {
  readonly slot: number;
  /** Addresses, in bytes; `end` is the first one behind it. */
  readonly start: number;
  readonly end: number;
  readonly handler: MissingHandler;
  /** True when the address space has ended: another one may have its slot. */
  readonly ended: () => boolean;
}

/** Ranges that do not overlap. An address is found by halving, so that thousands of ranges cost no more than a few. */
export class SuppliedRanges {
  readonly #bySlot = new Map<number, Supplied[]>();

  /** The range with this address. */
  at(slot: number, address: number): Supplied | undefined {
    const ranges = this.#bySlot.get(slot);
    const found = ranges?.[behind(ranges, address) - 1];
    return found !== undefined && address < found.end ? found : undefined;
  }

  /** The first range that has an address of this one. */
  overlapping({ slot, start, end }: Supplied): Supplied | undefined {
    const ranges = this.#bySlot.get(slot) ?? [];
    const next = behind(ranges, start);
    const before = ranges[next - 1];
    if (before !== undefined && before.end > start) return before;
    const after = ranges[next];
    return after !== undefined && after.start < end ? after : undefined;
  }

  /** True from `add` to `delete`. */
  has(range: Supplied): boolean {
    return this.at(range.slot, range.start) === range;
  }

  /** Adds a range that overlaps no other. */
  add(range: Supplied): void {
    const ranges = this.#bySlot.get(range.slot) ?? [];
    ranges.splice(behind(ranges, range.start), 0, range);
    this.#bySlot.set(range.slot, ranges);
  }

  delete(range: Supplied): void {
    const ranges = this.#bySlot.get(range.slot);
    if (ranges === undefined || !this.has(range)) return;
    ranges.splice(behind(ranges, range.start) - 1, 1);
    if (ranges.length === 0) this.#bySlot.delete(range.slot);
  }

  /** The ranges of an address space now. */
  of(slot: number): readonly Supplied[] {
    return [...(this.#bySlot.get(slot) ?? [])];
  }
}

/** The number of ranges that begin at or before an address. */
function behind(ranges: readonly Supplied[], address: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as Supplied).start <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
