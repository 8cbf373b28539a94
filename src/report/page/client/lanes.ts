/** A process's rows by time, as the page got them. */

import { KINDS } from "../data.js";
import { Unpacker } from "../pack.js";

/** One process, or all together. */
export interface LaneRows {
  readonly bins: readonly number[];
  /** By kind: the faults of each row. */
  readonly faults: readonly (readonly number[])[];
  /** The engine's anonymous pages from each row on; the kernel's last count in it, or null. */
  readonly pages: readonly number[];
  readonly kernel: readonly (number | null)[];
}

/** Reads a packed lane. */
export function unpackLane(text: string): LaneRows {
  const packed = new Unpacker(text);
  const bins: number[] = [];
  const faults: number[][] = Array.from({ length: KINDS }, () => []);
  const pages: number[] = [];
  const kernel: (number | null)[] = [];
  let [bin, here] = [0, 0];
  while (!packed.done) {
    bin += packed.next();
    bins.push(bin);
    for (const kind of faults) kind.push(packed.next());
    here += packed.signed();
    pages.push(here);
    const other = packed.next();
    const step = other - 1;
    kernel.push(other === 0 ? null : here + (step % 2 === 0 ? step / 2 : -(step + 1) / 2));
  }
  return { bins, faults, pages, kernel };
}

/** A lane's pages in each bin of `count`: the last value goes on until its last row. */
export function stepped({ bins, pages }: LaneRows, length: number): (number | null)[] {
  const all = new Array<number | null>(length).fill(null);
  for (const [row, bin] of bins.entries()) {
    const next = bins[row + 1] ?? bin + 1;
    all.fill(pages[row] as number, bin, Math.min(next, length));
  }
  return all;
}

/** Values of rows in each bin of `length`, null elsewhere. */
export function scattered(
  bins: readonly number[],
  values: readonly (number | null)[],
  length: number,
): (number | null)[] {
  const all = new Array<number | null>(length).fill(null);
  for (const [row, bin] of bins.entries()) if (bin < length) all[bin] = values[row] as number | null;
  return all;
}
