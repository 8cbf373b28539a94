/** The file mappings of one process: the page of the file behind each of its pages. All numbers are pages. */

interface FileMap {
  readonly start: number;
  readonly end: number;
  /** Page of the file at `start`. */
  readonly offset: number;
}

/** The file mappings of a process, without their rights. They show the file pages of a mapping that grows. */
export class FileMaps {
  /** They do not overlap; in no order. */
  #maps: FileMap[] = [];

  /** A copy, for a fork. */
  copy(): FileMaps {
    const child = new FileMaps();
    child.#maps = [...this.#maps];
    return child;
  }

  /** Maps `pages` pages of the file from page `offset` on. Nothing may be mapped there. */
  map(start: number, pages: number, offset: number): void {
    this.#maps.push({ start, end: start + pages, offset });
  }

  /** Removes the mappings of a range. */
  unmap(start: number, pages: number): void {
    const end = start + pages;
    this.#maps = this.#maps.flatMap((map) => [...part(map, map.start, start), ...part(map, end, map.end)]);
  }

  /** Page of the file at `page`; undefined when no file is mapped there. */
  find(page: number): number | undefined {
    const map = this.#maps.find(({ start, end }) => start <= page && page < end);
    return map === undefined ? undefined : map.offset + (page - map.start);
  }

  /**
   * Applies an mremap: it gives `pages` pages at `start` another length, another place, or both. With 0 pages it adds
   * a second view from `start` on. With `keep` the old place keeps the file.
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

/** The part of a mapping in [start, end): one mapping, or none. */
function part(map: FileMap, start: number, end: number): FileMap[] {
  const from = Math.max(map.start, start);
  const upTo = Math.min(map.end, end);
  return from < upTo ? [{ start: from, end: upTo, offset: map.offset + (from - map.start) }] : [];
}
