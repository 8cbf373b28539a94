/**
 * The base of all readers of a quiescent engine: its memory, its layout, and its tables of address spaces and files.
 */
import type { Control } from "../cpu/control.js";
import { EngineCrashError } from "../errors.js";
import type { Struct } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** Reads fields of one kind of structure. Addresses are byte offsets of a structure. */
export class Fields {
  readonly #view: MemoryView;
  readonly #struct: Struct;

  constructor(view: MemoryView, struct: Struct) {
    this.#view = view;
    this.#struct = struct;
  }

  /** Bytes of one structure. */
  get size(): number {
    return this.#struct.size;
  }

  /** A u32 field. */
  u32(address: number, field: string): number {
    return this.#view.u32(address + this.#struct.offset(field));
  }

  /** A u64 field that holds a safe integer: an address, an offset, a count. */
  number(address: number, field: string): number {
    return this.#view.number(address + this.#struct.offset(field));
  }
}

/** Reads an engine at a quiescent point: no CPU may be executing an operation. */
export class Inspector {
  readonly control: Control;
  readonly view: MemoryView;
  readonly mm: Fields;
  readonly vma: Fields;
  readonly page: Fields;
  readonly file: Fields;
  readonly slab: Fields;

  constructor(control: Control) {
    this.control = control;
    this.view = control.view;
    const fields = (name: string) => new Fields(control.view, control.layout.struct(name));
    this.mm = fields("Mm");
    this.vma = fields("Vma");
    this.page = fields("Page");
    this.file = fields("AddressSpace");
    this.slab = fields("SlabCache");
  }

  /** Address of the Mm in a slot, or 0. */
  mmOf(slot: number): number {
    if (slot < 0 || slot >= this.control.get("spaces")) return 0;
    return this.view.u32(this.control.get("spaceBase") + slot * 4);
  }

  /** Slots that hold an address space, ascending. */
  slots(): number[] {
    const count = this.control.get("spaces");
    return Array.from({ length: count }, (_, slot) => slot).filter((slot) => this.mmOf(slot) !== 0);
  }

  /** More objects of a kind than the engine has room for. A longer list must contain a circle. */
  mostObjects({ size }: Fields): number {
    return Math.ceil((this.control.get("kpages") * this.control.layout.constant("PAGE_SIZE")) / size);
  }

  /** The error for a structure that is not readable: something overwrote it, or an operation changes it meanwhile. */
  broken(what: string): EngineCrashError {
    return new EngineCrashError(
      what,
      "something overwrote the engine's memory, or a CPU changed it meanwhile",
    );
  }

  /** Pages that the slab caches hold, all caches together. */
  slabPages(): number {
    const { layout } = this.control;
    const base = this.control.get("slabBase");
    let pages = 0;
    for (let cache = 0; cache < layout.constant("SLAB_CACHES"); cache++) {
      pages += this.slab.u32(base + cache * this.slab.size, "pages");
    }
    return pages;
  }

  /** Number of the frame that a struct page stands for; 0 is the shared zero page. */
  frameOf(page: number): number {
    return (page - this.control.get("pageBase")) / this.page.size;
  }

  /** First 8 bytes of a frame's content; 0 when the engine keeps none. */
  contentOf(page: number): bigint {
    const at = this.wordAt(page, 0);
    return at === 0 ? 0n : this.view.u64(at);
  }

  /** Byte offset of the word at `offset` of a frame's content; 0 when the engine keeps none. */
  wordAt(page: number, offset: number): number {
    const { layout } = this.control;
    const content = this.control.get("content");
    if (content === layout.constant("CONTENT_NONE")) return 0;
    const base = this.control.get("contentBase");
    if (content === layout.constant("CONTENT_WORD")) return base + this.frameOf(page) * 8;
    return base + this.frameOf(page) * layout.constant("PAGE_SIZE") + offset;
  }
}
