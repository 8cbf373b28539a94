/** A plain model of address spaces: mappings as a list, anonymous pages as a set. Counts only; nothing is shared. */

const PAGE = 4096;
const PROT_WRITE = 2;
const SHARED = 1;
const ANONYMOUS = 0x20;
const GROWSDOWN = 0x100;
const STACK_PAGES = 2048;
const SEGV = -1011;
const BUS = -1007;

/** What a mapping shows pages of: a file, or shared anonymous memory. Behind its end an access is BUS. */
export interface Backing {
  pages: number;
}

interface Mapping {
  start: number;
  end: number;
  prot: number;
  readonly flags: number;
  inherit: "copy" | "drop" | "wipe";
  /** null: private anonymous memory. */
  readonly backing: Backing | null;
  /** Page of the backing that `start` shows. */
  offset: number;
}

/** One address space; positions are page numbers. */
export class ModelSpace {
  mappings: Mapping[] = [];
  readonly anonymous = new Set<number>();
  heapStart = 0;
  heapEnd = 0;

  fork(): ModelSpace {
    const child = new ModelSpace();
    child.heapStart = this.heapStart;
    child.heapEnd = this.heapEnd;
    child.mappings = this.mappings.filter((m) => m.inherit !== "drop").map((m) => ({ ...m }));
    for (const page of this.anonymous) if (this.find(page)?.inherit === "copy") child.anonymous.add(page);
    return child;
  }

  access(page: number, write: boolean): number {
    const mapping = this.find(page) ?? this.grow(page);
    if (mapping === undefined || mapping.prot === 0) return SEGV;
    if (write && (mapping.prot & PROT_WRITE) === 0) return SEGV;
    const { backing, offset, start } = mapping;
    if (backing !== null && !this.anonymous.has(page) && offset + (page - start) >= backing.pages) return BUS;
    if (!write) return 0;
    if ((mapping.flags & SHARED) === 0) this.anonymous.add(page);
    return 0;
  }

  /** `backing` and `offset` are a file's. */
  map(
    start: number,
    pages: number,
    prot: number,
    flags: number,
    backing: Backing | null = null,
    offset = 0,
  ): void {
    this.unmap(start, pages);
    const ownObject = backing === null && (flags & SHARED) !== 0 ? { pages } : backing;
    this.mappings.push({
      start,
      end: start + pages,
      prot,
      flags,
      inherit: "copy",
      backing: ownObject,
      offset,
    });
  }

  unmap(start: number, pages: number): void {
    const end = start + pages;
    this.carve(start, end);
    this.mappings = this.mappings.filter((m) => m.end <= start || m.start >= end);
    for (const page of this.anonymous) if (page >= start && page < end) this.anonymous.delete(page);
  }

  protect(start: number, pages: number, prot: number): void {
    for (const m of this.within(start, pages)) m.prot = prot;
  }

  advise(start: number, pages: number, advice: number): void {
    for (const m of this.within(start, pages)) {
      if (advice === 4 && (m.flags & SHARED) === 0) {
        for (let page = m.start; page < m.end; page++) this.anonymous.delete(page);
      }
      if (advice === 10) m.inherit = "drop";
      if (advice === 11 || advice === 19) m.inherit = "copy";
      if (advice === 18) m.inherit = "wipe";
    }
  }

  remap(start: number, pages: number, length: number, target: number, keep: boolean): void {
    const [source] = this.within(start, Math.max(1, pages));
    if (source === undefined) return;
    if (target === start) {
      if (length < pages) this.unmap(start + length, pages - length);
      else source.end = start + length;
      return;
    }
    const moved = [...this.anonymous].filter((page) => page >= start && page < start + pages);
    if (keep) for (const page of moved) this.anonymous.delete(page);
    else this.unmap(start, pages);
    this.map(target, length, source.prot, source.flags, source.backing, source.offset);
    for (const page of moved) if (page - start < length) this.anonymous.add(page - start + target);
  }

  brk(page: number, start: boolean): void {
    if (start) this.heapStart = this.heapEnd = page;
    else if (page > this.heapEnd) this.map(this.heapEnd, page - this.heapEnd, 3, 2 | ANONYMOUS);
    else if (page < this.heapEnd) this.unmap(page, this.heapEnd - page);
    this.heapEnd = page;
  }

  private find(page: number): Mapping | undefined {
    return this.mappings.find((m) => page >= m.start && page < m.end);
  }

  private grow(page: number): Mapping | undefined {
    const stack = this.mappings.find((m) => (m.flags & GROWSDOWN) !== 0);
    if (stack === undefined || page >= stack.start || stack.end - page > STACK_PAGES) return undefined;
    stack.start = page;
    return stack;
  }

  /** Splits at both ends, and returns what lies between. */
  private within(start: number, pages: number): Mapping[] {
    this.carve(start, start + pages);
    return this.mappings.filter((m) => m.start >= start && m.end <= start + pages);
  }

  private carve(...cuts: number[]): void {
    for (const cut of cuts) {
      const mapping = this.find(cut);
      if (mapping === undefined || mapping.start === cut) continue;
      this.mappings.push({ ...mapping, start: cut, offset: mapping.offset + (cut - mapping.start) });
      mapping.end = cut;
    }
  }
}

export const PAGE_BYTES = PAGE;
