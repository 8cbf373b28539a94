/**
 * The mapped pages of many address spaces at once, as plain arrays: for pictures of a machine. A walk of 100,000 pages takes
 * a few milliseconds, because it makes no object for a page.
 */
import type { Inspector } from "./memory.js";

/** What an entry maps. */
export const PAGE_ANON = 0;
export const PAGE_FILE = 1;
export const PAGE_ZERO = 2;
export const PAGE_SWAP = 3;
/** Bits of a page's kind, and the number of kinds. */
export const PAGE_KIND = 3;
const KINDS = PAGE_KIND + 1;
/** The bit of a page that its owner may write without a fault. */
export const PAGE_WRITABLE = 4;

/** Pages at first. Few: what V8 compiles before an array has grown it compiles again when it does. */
const FIRST = 16;

/** What a page costs beside its entry, in words. */
const WORDS_OF_PAGE = 4;

/** The sums of a scan, in pages. */
export interface ScanSums {
  /** Entries of anonymous pages that are in frames, and the frames behind them. */
  readonly anonMapped: number;
  readonly anonFrames: number;
  /** The same of pages of files. */
  readonly fileMapped: number;
  readonly fileFrames: number;
  readonly zeroMapped: number;
  readonly swapped: number;
  /** The most entries that one frame of anonymous memory has: what a walk of the reverse map finds there. */
  readonly mostMapped: number;
  /** Words that the scan read; a page counts as several, because its struct page is seldom in a cache. */
  readonly read: number;
}

/** The pages of address spaces. Those of space `i` stand at `starts[i]` up to `starts[i + 1]`, by address. */
export interface PageArrays {
  readonly starts: Uint32Array;
  /** Addresses, in pages. */
  readonly pages: Float64Array;
  /** The frame behind each page; -1 for the zero page, and below that slots of swap. Equal numbers share. */
  readonly frames: Int32Array;
  /** PAGE_ kinds and bits. */
  readonly kinds: Uint8Array;
  /** The mappings of space `i` stand at `mappingStarts[i]` up to `mappingStarts[i + 1]`, by address. */
  readonly mappingStarts: Uint32Array;
  /** Of each mapping: its first page, the page behind it, its flags, and the slot of its file or 0. */
  readonly mappings: Float64Array;
}

/** Numbers of a mapping in PageArrays. */
export const MAPPING_FIELDS = 4;

/** Scans address spaces again and again, in the same arrays. The engine must be quiescent. */
export class PageScanner {
  readonly #inspector: Inspector;
  readonly #words: Int32Array;
  #starts: number[] = [];
  #pages = new Float64Array(FIRST);
  #frames = new Int32Array(FIRST);
  #kinds = new Uint8Array(FIRST);
  #mappingStarts: number[] = [];
  #mappings: number[] = [];
  /** A bit for each frame: this scan has seen it. */
  #seen = new Uint32Array(FIRST);
  /** By kind: entries, and behind them the frames. */
  readonly #sums = new Int32Array(2 * KINDS);
  #length = 0;
  #read = 0;
  #mostMapped = 0;
  /** More mappings than one address space can have. */
  readonly #mostMappings: number;
  /** Pages that an entry of a table maps, by the table's level; 0 is the lowest. */
  readonly #spans: readonly number[];
  readonly #bits: {
    present: number;
    write: number;
    zero: number;
    swap: number;
    anon: number;
    entries: number;
    pageSize: number;
    pageBase: number;
    structSize: number;
    mapping: number;
    mapcount: number;
    pgd: number;
    first: number;
    next: number;
    start: number;
    end: number;
    flags: number;
    file: number;
    slot: number;
  };

  constructor(inspector: Inspector) {
    this.#inspector = inspector;
    this.#words = inspector.view.i32;
    const { layout } = inspector.control;
    const page = layout.struct("Page");
    const entries = layout.constant("PTRS_PER_TABLE");
    this.#mostMappings = inspector.mostObjects(inspector.vma);
    this.#spans = Array.from({ length: layout.constant("TABLE_LEVELS") }, (_, level) => entries ** level);
    this.#bits = {
      present: layout.constant("PTE_PRESENT"),
      write: layout.constant("PTE_WRITE"),
      zero: layout.constant("PTE_ZERO"),
      swap: layout.constant("PTE_SWAP"),
      anon: layout.constant("MAPPING_ANON"),
      entries,
      pageSize: layout.constant("PAGE_SIZE"),
      pageBase: inspector.control.get("pageBase"),
      structSize: page.size,
      mapping: page.offset("mapping"),
      mapcount: page.offset("mapcount"),
      pgd: layout.struct("Mm").offset("pgd"),
      first: layout.struct("Mm").offset("first"),
      next: layout.struct("Vma").offset("next"),
      start: layout.struct("Vma").offset("start"),
      end: layout.struct("Vma").offset("end"),
      flags: layout.struct("Vma").offset("flags"),
      file: layout.struct("Vma").offset("file"),
      slot: layout.struct("AddressSpace").offset("slot"),
    };
  }

  /** Scans the address spaces in these slots, and sums up. Throws EngineCrashError when a list of mappings has no end. */
  scan(slots: readonly number[]): ScanSums {
    this.#length = 0;
    this.#read = this.#mostMapped = 0;
    this.#starts = [0];
    this.#mappingStarts = [0];
    this.#mappings = [];
    this.#seen.fill(0);
    this.#sums.fill(0);
    for (const slot of slots) {
      const mm = this.#inspector.mmOf(slot);
      if (mm !== 0) this.#space(mm);
      this.#starts.push(this.#length);
      this.#mappingStarts.push(this.#mappings.length / MAPPING_FIELDS);
    }
    const sums = this.#sums;
    return {
      ...{ anonMapped: sums[PAGE_ANON] as number, anonFrames: sums[KINDS + PAGE_ANON] as number },
      ...{ fileMapped: sums[PAGE_FILE] as number, fileFrames: sums[KINDS + PAGE_FILE] as number },
      ...{ zeroMapped: sums[PAGE_ZERO] as number, swapped: sums[PAGE_SWAP] as number },
      ...{ mostMapped: this.#mostMapped, read: this.#read + WORDS_OF_PAGE * this.#length },
    };
  }

  /** A copy of the last scan's pages. */
  take(): PageArrays {
    return {
      starts: Uint32Array.from(this.#starts),
      pages: this.#pages.slice(0, this.#length),
      frames: this.#frames.slice(0, this.#length),
      kinds: this.#kinds.slice(0, this.#length),
      mappingStarts: Uint32Array.from(this.#mappingStarts),
      mappings: Float64Array.from(this.#mappings),
    };
  }

  /** The pages of all mappings of an address space. */
  #space(mm: number): void {
    const { pgd, first, next, start, end, flags, file, slot } = this.#bits;
    const table = this.#u32(mm + pgd);
    const top = this.#spans.length - 1;
    let left = this.#mostMappings;
    for (let vma = this.#u32(mm + first); vma !== 0; vma = this.#u32(vma + next)) {
      if (left-- === 0) throw this.#inspector.broken("the list of mappings of an address space has no end");
      this.#read += top + 1;
      const [from, to] = [this.#page(vma + start), this.#page(vma + end)];
      const object = this.#u32(vma + file);
      this.#mappings.push(from, to, this.#u32(vma + flags), object === 0 ? 0 : this.#u32(object + slot));
      this.#table(table, top, 0, from, to);
    }
  }

  /** A word; beyond the memory's end 0. */
  #u32(offset: number): number {
    return (this.#words[offset >>> 2] as number) >>> 0;
  }

  /** The page of an address that stands in memory. */
  #page(offset: number): number {
    return (this.#u32(offset) + this.#u32(offset + 4) * 2 ** 32) / this.#bits.pageSize;
  }

  /** The part of a table that maps the pages from `from` up to `to`. `base`: the first page that the table maps. */
  #table(table: number, level: number, base: number, from: number, to: number): void {
    if (table === 0) return;
    const { present, entries, pageSize } = this.#bits;
    const span = this.#spans[level] as number;
    // Whole numbers of 32 bits, also for the compiler: with others each index takes several times as long.
    const first = from <= base ? 0 : Math.floor((from - base) / span) | 0;
    const last = to >= base + entries * span ? entries : Math.ceil((to - base) / span) | 0;
    this.#read += last - first;
    if (level === 0) {
      if (first < last) this.#leaf(table, base, first, last);
      return;
    }
    const words = this.#words;
    for (let index = first, at = (table >>> 2) + first * 2; index < last; index++, at += 2) {
      const low = words[at] as number;
      if ((low & present) !== 0)
        this.#table((low & -pageSize) >>> 0, level - 1, base + index * span, from, to);
    }
  }

  /** The entries of a table of the lowest level, from `first` up to `last`. Its loop has most of the work, and calls nothing. */
  #leaf(table: number, base: number, first: number, last: number): void {
    const { present, write, zero, swap, anon, pageBase, structSize, mapping, mapcount } = this.#bits;
    while (this.#length + last - first > this.#pages.length) this.#grow();
    const [words, sums, pages, frames, kinds] = [
      this.#words,
      this.#sums,
      this.#pages,
      this.#frames,
      this.#kinds,
    ];
    let seen = this.#seen;
    let length = this.#length;
    for (let index = first, at = (table >>> 2) + first * 2; index < last; index++, at += 2) {
      const low = words[at] as number;
      if (low === 0) continue;
      const high = (words[at + 1] as number) >>> 0;
      let kind = PAGE_FILE;
      let frame = -1;
      let writable = 0;
      if ((low & present) === 0) {
        if ((low & swap) === 0) continue;
        kind = PAGE_SWAP;
        frame = -2 - high;
      } else if ((low & zero) !== 0) kind = PAGE_ZERO;
      else {
        frame = (high - pageBase) / structSize;
        if (((words[(high + mapping) >>> 2] as number) & anon) !== 0) {
          kind = PAGE_ANON;
          // Beside the mapping, in the same line of a cache.
          const count = words[(high + mapcount) >>> 2] as number;
          if (count > this.#mostMapped) this.#mostMapped = count;
        }
        if ((low & write) !== 0) writable = PAGE_WRITABLE;
        // A damaged entry may name no frame.
        const word = frame >= 0 ? frame >>> 5 : 0;
        if (word >= seen.length) seen = this.#growSeen(word);
        const before = seen[word] as number;
        const bit = frame >= 0 ? 1 << (frame & 31) : 0;
        if (bit !== 0 && (before & bit) === 0) {
          seen[word] = before | bit;
          sums[KINDS + kind] = (sums[KINDS + kind] as number) + 1;
        }
      }
      sums[kind] = (sums[kind] as number) + 1;
      pages[length] = base + index;
      frames[length] = frame;
      kinds[length] = kind | writable;
      length++;
    }
    this.#length = length;
  }

  #growSeen(word: number): Uint32Array<ArrayBuffer> {
    const seen = this.#seen;
    this.#seen = new Uint32Array(Math.max(seen.length * 2, word + 1));
    this.#seen.set(seen);
    return this.#seen;
  }

  #grow(): void {
    const size = this.#pages.length * 2;
    const [pages, frames, kinds] = [this.#pages, this.#frames, this.#kinds];
    this.#pages = new Float64Array(size);
    this.#frames = new Int32Array(size);
    this.#kinds = new Uint8Array(size);
    this.#pages.set(pages);
    this.#frames.set(frames);
    this.#kinds.set(kinds);
  }
}
