/** Where one process maps files: which page of the file each of its pages shows. All numbers are pages. */

interface FileMap {
  readonly start: number;
  readonly end: number;
  /** Page of the file that `start` shows. */
  readonly offset: number;
}

/** The file mappings of a process, without their rights, so that it is known what a mapping shows when it grows. */
export class FileMaps {
  /** They do not overlap; in no order. */
  #maps: FileMap[] = [];

  /** What a fork hands on. */
  copy(): FileMaps {
    const child = new FileMaps();
    child.#maps = [...this.#maps];
    return child;
  }

  /** Maps `pages` pages of the file from page `offset` on. Nothing may be mapped there. */
  map(start: number, pages: number, offset: number): void {
    this.#maps.push({ start, end: start + pages, offset });
  }

  /** Takes away what is mapped in a range. */
  unmap(start: number, pages: number): void {
    const end = start + pages;
    this.#maps = this.#maps.flatMap((map) => [...part(map, map.start, start), ...part(map, end, map.end)]);
  }

  /** Page of the file that `page` shows; undefined: no file is mapped there. */
  find(page: number): number | undefined {
    const map = this.#maps.find(({ start, end }) => start <= page && page < end);
    return map === undefined ? undefined : map.offset + (page - map.start);
  }

  /**
   * What an mremap does that gives `pages` pages at `start` another length, another place, or both; no pages are a second
   * view from there on. `keep`: the old place shows the file still.
   */
  remap(start: number, pages: number, length: number, to: number, keep: boolean): void {
    const moving = this.#maps.flatMap((map) => part(map, start, start + Math.min(pages, length)));
    const last = pages === 0 ? start : start + pages - 1;
    const shown = this.find(last);
    if (!keep) this.unmap(start, pages);
    this.unmap(to, length);
    for (const map of moving) this.map(to + (map.start - start), map.end - map.start, map.offset);
    if (shown !== undefined && length > pages)
      this.map(to + pages, length - pages, shown + (start + pages - last));
  }
}

/** What of a mapping lies in [start, end): one mapping, or none. */
function part(map: FileMap, start: number, end: number): FileMap[] {
  const from = Math.max(map.start, start);
  const upTo = Math.min(map.end, end);
  return from < upTo ? [{ start: from, end: upTo, offset: map.offset + (from - map.start) }] : [];
}
