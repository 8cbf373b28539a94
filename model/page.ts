/** Physical pages, what backs mappings, and the page table entry of a process. */

/** A physical page. Its identity is the object's. */
export class Page {
  /** Present entries that point to it. */
  mapcount = 0;
  /** A page of the cache that was written; a clean one can be dropped and comes back as zeroes. */
  dirty = false;
  /** Who holds it beside the entries: an anonymous page stays its process's own then. */
  pins = 0;

  constructor(
    public kind: "anon" | "file" | "ksm",
    public value: bigint,
  ) {}
}

/** The shared zero page: no mapcount, never written. */
export const ZERO = new Page("file", 0n);

/** A file or a shared anonymous object: a page cache with a size. */
export class FileObject {
  /** Pages in the cache; they stay there when nobody maps them. */
  readonly cache = new Map<number, Page>();

  constructor(
    /** Pages before the end of the file: an access beyond gives BUS. */
    readonly size: number,
    /** Snapshots show the file page for files, none for shared anonymous memory. */
    readonly isFile: boolean,
  ) {}

  /** The page of the cache at `index`, brought in (as zeroes) when it is not there; null beyond the end. */
  fetch(index: number): Page | null {
    if (index >= this.size) return null;
    let page = this.cache.get(index);
    if (page === undefined) {
      page = new Page("file", 0n);
      this.cache.set(index, page);
    }
    return page;
  }
}

/** Page table of a process: present entries by page number. Write rights of entries are not visible, so not kept. */
export class PageTable {
  private readonly entries = new Map<number, Page>();

  get(at: number): Page | null {
    return this.entries.get(at) ?? null;
  }

  /** Replaces the entry; mapcounts follow. */
  set(at: number, page: Page): void {
    this.clear(at);
    this.entries.set(at, page);
    if (page !== ZERO) page.mapcount++;
  }

  /** Removes the entry if there is one. */
  clear(at: number): void {
    const page = this.entries.get(at);
    if (page === undefined) return;
    this.entries.delete(at);
    if (page !== ZERO) page.mapcount--;
  }

  /** Present entries in address order. */
  *present(from = 0, to = Number.POSITIVE_INFINITY): Generator<[number, Page]> {
    const found = [...this.entries.keys()].filter((at) => at >= from && at < to).sort((a, b) => a - b);
    for (const at of found) {
      const page = this.entries.get(at);
      if (page !== undefined) yield [at, page];
    }
  }

  /** Drops the entries of a range. */
  zap(from: number, to: number): void {
    for (const [at] of [...this.present(from, to)]) this.clear(at);
  }
}
