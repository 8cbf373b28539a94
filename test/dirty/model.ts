/**
 * A plain model of what changes in an address space: a value for each page, and the value that it had when the period began.
 * It knows no tables, frames or swap.
 */

/** A file: its pages' values, which all shared mappings see. */
export interface ModelFile {
  readonly values: bigint[];
}

/** A page as one address space sees it. */
export interface ModelPage {
  readonly shared: boolean;
  readonly file: ModelFile | undefined;
  readonly index: number;
  /** The private value; undefined: nobody stored here, so it is the file's or 0. */
  own: bigint | undefined;
  /** What `own` was when the period began. */
  start: bigint | undefined;
  /** True: this address space stored another value to a shared page in this period. */
  stored: boolean;
  /** True: madvise(free) allows the engine to forget the value at any time. */
  lazy: boolean;
}

/** The pages of an address space, by address. */
export type ModelSpace = Map<number, ModelPage>;

/** A page of a new mapping. Its period begins with what it holds then. */
export function freshPage(file: ModelFile | undefined, index: number, shared: boolean): ModelPage {
  return { shared, file, index, own: undefined, start: undefined, stored: false, lazy: false };
}

/** What a load finds. */
export function contentOf(page: ModelPage): bigint {
  if (page.shared) return page.file?.values[page.index] ?? 0n;
  return page.own ?? page.file?.values[page.index] ?? 0n;
}

/** A store. */
export function store(page: ModelPage, value: bigint): void {
  if (page.shared && page.file !== undefined) {
    page.stored ||= page.file.values[page.index] !== value;
    page.file.values[page.index] = value;
  } else {
    page.own = value;
    page.lazy = false;
  }
}

/** madvise(dontneed): the private value is gone. */
export function drop(page: ModelPage): void {
  page.own = undefined;
  page.lazy = false;
}

/** Whether a collection must name the page. */
export function mustReport(page: ModelPage): boolean {
  if (page.shared) return page.stored;
  // Without a file both mean 0.
  if (page.file === undefined) return (page.own ?? 0n) !== (page.start ?? 0n);
  return page.own !== page.start;
}

/** A new period begins. */
export function beginPeriod(space: ModelSpace): void {
  for (const page of space.values()) {
    page.start = page.own;
    page.stored = false;
  }
}

/** What a child of fork sees. Its period begins now. */
export function forked(space: ModelSpace): ModelSpace {
  return new Map([...space].map(([address, page]) => [address, { ...page, start: page.own, stored: false }]));
}
