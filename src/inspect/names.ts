/** Names the object at an address of the engine's memory, for the stories of findings and races. */
import type { Control } from "../cpu/control.js";

/** The structure around an address. */
interface Place {
  /** Name of the structure, as the layout has it. */
  readonly struct: string;
  /** Its first byte. */
  readonly base: number;
  /** Its name in messages. */
  readonly name: string;
}

/** The structures of the slab caches, by the cache's name, and their names in messages. */
const CACHES: Readonly<Record<string, readonly [struct: string, name: string]>> = {
  MM: ["Mm", "address space"],
  VMA: ["Vma", "VMA"],
  ANON_VMA: ["AnonVma", "anon_vma"],
  AVC: ["AnonVmaChain", "chain link"],
  FILE: ["AddressSpace", "file"],
  RADIX: ["RadixNode", "radix node"],
  KSM: ["KsmItem", "KSM item"],
  KSM_NODE: ["KsmNode", "KSM node"],
  KSM_ROOT: ["KsmRoot", "KSM root"],
};

/** A word of an object. */
export interface NamedWord {
  /** Name of the structure, as the layout has it; "" for a word of no known object. */
  readonly struct: string;
  /** The object: `anon_vma A`. */
  readonly owner: string;
  /** The field; undefined for an entry of a table and for an unknown object. */
  readonly field?: string;
}

/** Fields that are locks, and their names in messages. */
const LOCKS: Readonly<Record<string, string>> = {
  "AnonVma.rwsem": "lock",
  "Mm.mmapLock": "mmap lock",
  "Mm.tablesLock": "tables lock",
  "AddressSpace.iMmapLock": "i_mmap lock",
  "AddressSpace.iPages": "i_pages lock",
};

/** What has no fields: entries of tables, their locks, counts of slots. */
const FIELDLESS: ReadonlySet<string> = new Set(["Table", "TableLock", "SwapSlot"]);
/** Fields that point to an object. */
const POINTERS =
  /^(root|parent|anonVma|vma|mm|file|next|prev|first|last|avcFirst|avcLast|page|node|rb[A-Z].*|shared(Parent|Left|Right)|pgd|radixRoot|mapping)$/;

/** Bytes of a frame's content where that is one word. */
const WORD = 8;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Gives every object a name of its own, always the same one. */
export class Names {
  readonly #control: Control;
  readonly #given = new Map<number, string>();
  readonly #counts = new Map<string, number>();

  constructor(control: Control) {
    this.#control = control;
  }

  /** The object at (or around) an address: `anon_vma A`, `frame 12`, or the address itself for an unknown object. */
  object(address: number): string {
    const place = this.#find(address);
    if (!place) return hex(address);
    const field = this.#field(place, address);
    return field === undefined ? place.name : `${place.name}.${field}`;
  }

  /** The object around an address, without the field. */
  owner(address: number): string {
    return this.#find(address)?.name ?? hex(address);
  }

  /** The object around an address, without the field; for what a frame holds, that frame. */
  holder(address: number): string {
    return this.#find(address)?.name ?? this.#contentAt(address) ?? hex(address);
  }

  /** `the content of frame 12`, for an address in it. */
  #contentAt(address: number): string | undefined {
    const { layout } = this.#control;
    const content = this.#control.get("content");
    if (content === layout.constant("CONTENT_NONE")) return undefined;
    const bytes = content === layout.constant("CONTENT_WORD") ? WORD : layout.constant("PAGE_SIZE");
    const number = Math.floor((address - this.#control.get("contentBase")) / bytes);
    return number >= 0 && number <= this.#control.get("frames")
      ? `the content of frame ${number}`
      : undefined;
  }

  /** The word at an address: its object and its field. */
  word(address: number): NamedWord {
    const place = this.#find(address);
    if (!place) return { struct: "", owner: hex(address) };
    const { struct, name } = place;
    const field = this.#field(place, address) ?? this.#firstField(struct);
    return { struct, owner: name, ...(field !== undefined && { field }) };
  }

  /** A word in words: `anon_vma A's refcount`, `entry 3 of page table A`. */
  wordText(address: number): string {
    const { owner, field } = this.word(address);
    return field === undefined ? owner : `${owner}'s ${field}`;
  }

  /** The name of the structure around an address; "" when it is unknown. Gives nothing a letter. */
  structAt(address: number): string {
    return this.#find(address, false)?.struct ?? "";
  }

  /** What a word means when it holds a value: an object's name, the bits of flags, what an entry says; or a number. */
  value(address: number, value: bigint): string {
    const place = this.#find(address);
    const field = place && (this.#field(place, address) ?? this.#firstField(place.struct));
    if (place?.struct === "Table" && field === undefined) return this.#entry(value);
    const low = Number(value & 0xffff_ffffn);
    if (place?.struct === "Page" && field === "mapping") return this.#mapping(low);
    if (place?.struct === "Page" && field === "flags") return this.#pageFlags(low);
    if (value === 0n) return field !== undefined && POINTERS.test(field) ? "none" : "0";
    if (value < 2n ** 32n && field !== undefined && POINTERS.test(field)) return this.object(low);
    if (value < 65_536n) return `${value}`;
    if (value > 0xffff_0000n && value < 2n ** 32n) return `${low | 0}`;
    return hexBig(value);
  }

  /** A lock: `lock of anon_vma A`, `page lock of frame 12`. */
  lock(address: number): string {
    const place = this.#find(address);
    if (!place) return `lock at ${hex(address)}`;
    if (place.struct === "Page") return `page lock of ${place.name}`;
    const field = this.#field(place, address) ?? this.#firstField(place.struct);
    if (place.struct === "AnonVma" && field === "rwsem") return this.#anonVmaLock(place);
    const what = LOCKS[`${place.struct}.${field}`] ?? (field === "lock" || !field ? "lock" : `lock ${field}`);
    return `${what} of ${place.name}`;
  }

  /** The current fields of an object, for the few structures that findings are about; undefined for others. */
  describe(address: number): string | undefined {
    const place = this.#find(address);
    if (!place) return undefined;
    const shown = SHOWN[place.struct];
    if (!shown) return undefined;
    const struct = this.#control.layout.struct(place.struct);
    const fields = shown
      .filter((field) => struct.has(field))
      .map((field) => this.#value(field, place.base + struct.offset(field), struct.type(field)));
    const life = place.struct === "AnonVma" ? [this.#life(place.base)] : [];
    return `${place.name} at ${hex(place.base)}: ${[...life, ...fields].join(", ")}`;
  }

  #value(field: string, offset: number, type: string): string {
    const { view } = this.#control;
    if (type === "u64") return `${field} ${hexBig(view.u64(offset))}`;
    const value = view.u32(offset);
    if (field === "flags") return `flags ${this.#pageFlags(value)}`;
    if (field === "mapping") return `mapping ${this.#mapping(value)}`;
    if (/^(root|parent|anonVma|vma|mm|file)$/.test(field))
      return `${field} ${value === 0 ? "none" : this.object(value)}`;
    return `${field} ${value}`;
  }

  #pageFlags(value: number): string {
    const bits = this.#control.layout
      .constantsWith("PG_")
      .filter(([name, bit]) => !/LRUVEC/.test(name) && (value & bit) === bit);
    return bits.map(([name]) => name.toLowerCase()).join("|") || "none";
  }

  #mapping(value: number): string {
    const tag = value & 3;
    const owner = value === 0 ? "none" : this.object(value - tag);
    return `${owner}${tag === 1 ? " (anonymous)" : tag === 3 ? " (merged)" : ""}`;
  }

  /** A leaf entry, or an upper one: the table that it points to. */
  #entry(value: bigint): string {
    const { layout } = this.#control;
    const bit = (name: string) => (value & BigInt(layout.constant(`PTE_${name}`))) !== 0n;
    const high = Number(value >> 32n);
    if (value === 0n) return "empty";
    if (bit("PRESENT")) {
      if (bit("ZERO")) return "the zero page";
      const bits = [bit("WRITE") ? "writable" : "read-only", bit("DIRTY") && "dirty"].filter(Boolean);
      return `${this.owner(high)}, ${bits.join(", ")}`;
    }
    if (bit("MIGRATION")) return `a migration entry of ${this.owner(high)}`;
    if (bit("SWAP")) return `swap slot ${high}${bit("SWP_EXCLUSIVE") ? ", exclusive" : ""}`;
    return hexBig(value);
  }

  /** An anon_vma's lock, and whose lock it is: only the root's protects the tree. */
  #anonVmaLock({ base, name }: Place): string {
    const { view, layout } = this.#control;
    const struct = layout.struct("AnonVma");
    if (!struct.has("root")) return `lock of ${name}`;
    const root = view.u32(base + struct.offset("root"));
    if (root === base) return `root's lock of ${name}`;
    const rootName = root === 0 ? "none" : this.owner(root);
    return `lock of ${name}, whose root is ${rootName}`;
  }

  /** The state of an anon_vma, by its slab slot: allocated or freed. */
  #life(base: number): string {
    const { view, layout } = this.#control;
    const struct = layout.struct("SlabCache");
    const cache = this.#control.get("slabBase") + layout.constant("SLAB_ANON_VMA") * struct.size;
    const state = view.u32(base + view.u32(cache + struct.offset("size")) + 4);
    return `${(state & 1) === 1 ? "allocated" : "freed"}, life ${(state + 1) >>> 1}`;
  }

  /** `letters` false: gives no letter to an object that has none yet. */
  #find(address: number, letters = true): Place | undefined {
    const control = this.#control;
    const page = control.layout.struct("Page").size;
    const frames = control.get("pageBase");
    const count = control.get("frames") + 1;
    if (address >= frames && address < frames + count * page) {
      const number = Math.floor((address - frames) / page);
      return { struct: "Page", base: frames + number * page, name: `frame ${number}` };
    }
    const arena = this.#arenaPage(address);
    if (arena !== undefined) return this.#slabObject(address, arena, letters);
    const kpages = control.get("kpageBase");
    const stride = control.layout.constant("ARENA_PAGE_STRIDE");
    if (address >= kpages && address < kpages + control.get("kpages") * stride) {
      const base = kpages + Math.floor((address - kpages) / stride) * stride;
      return { struct: "TableLock", base, name: this.#name("page table", base, letters) };
    }
    return (
      this.#inArray(address, "Lruvec", "lruvecBase", control.cpus + 1, "LRU lists of CPU") ??
      this.#inArray(address, "Zone", "zoneBase", 2, "zone") ??
      this.#inArray(address, "SlabCache", "slabBase", control.layout.constant("SLAB_CACHES"), "slab cache") ??
      this.#inCpu(address) ??
      this.#inSwapMap(address) ??
      this.#alone(address, "Ctl", "CTL", "the machine") ??
      this.#alone(address, "Swap", "SWAP", "the swap area")
    );
  }

  /** Struct page of the arena page that an address lies in, or undefined. */
  #arenaPage(address: number): number | undefined {
    const { layout } = this.#control;
    const number = Math.floor((address - this.#control.get("kmemBase")) / layout.constant("PAGE_SIZE"));
    if (number < 0 || number >= this.#control.get("kpages")) return undefined;
    return this.#control.get("kpageBase") + number * layout.constant("ARENA_PAGE_STRIDE");
  }

  #slabObject(address: number, page: number, letters: boolean): Place | undefined {
    const { view, layout } = this.#control;
    const fields = layout.struct("Page");
    const flags = view.u32(page + fields.offset("flags"));
    if ((flags & layout.constant("PG_TABLE")) !== 0) return this.#tableEntry(address, page, letters);
    if ((flags & layout.constant("PG_SLAB")) === 0) return undefined;
    const number = view.u32(page + fields.offset("kind"));
    const cache = layout.nameOf("SLAB_", number) ?? "";
    const known = CACHES[cache];
    if (!known) return undefined;
    const struct = layout.struct("SlabCache");
    const stride = view.u32(this.#control.get("slabBase") + number * struct.size + struct.offset("stride"));
    const size = layout.constant("PAGE_SIZE");
    // These words may be overwritten. A slot of a slab is never smaller than its object or larger than a page.
    if (stride < layout.struct(known[0]).size || stride > size) return undefined;
    const start =
      Math.floor((address - this.#control.get("kmemBase")) / size) * size + this.#control.get("kmemBase");
    const base = start + Math.floor((address - start) / stride) * stride;
    const own = known[0] === "Mm" ? this.#spaceName(base) : undefined;
    return { struct: known[0], base, name: own ?? this.#name(known[1], base, letters) };
  }

  /** `entry 3 of page table A`, for an address inside of a table. `page` is the table's struct page. */
  #tableEntry(address: number, page: number, letters: boolean): Place {
    const offset = (address - this.#control.get("kmemBase")) % this.#control.layout.constant("PAGE_SIZE");
    const name = `entry ${offset >>> 3} of ${this.#name("page table", page, letters)}`;
    return { struct: "Table", base: address - (offset & 7), name };
  }

  /** `address space 3`, for an Mm that stands in a slot. */
  #spaceName(base: number): string | undefined {
    const { view } = this.#control;
    const table = this.#control.get("spaceBase");
    for (let slot = 0; slot < this.#control.get("spaces"); slot++) {
      if (view.u32(table + slot * 4) === base) return `address space ${slot}`;
    }
    return undefined;
  }

  /** A CPU's block, of which the structure is the beginning. */
  #inCpu(address: number): Place | undefined {
    const control = this.#control;
    const stride = control.get("cpuStride");
    const index = Math.floor((address - control.get("cpuBase")) / stride);
    if (index < 0 || index > control.cpus) return undefined;
    const base = control.cpuBase(index);
    const name = index === control.cpus ? "host CPU" : `CPU ${index}`;
    const tlb = control.layout.find("CPU_TLB") ?? stride;
    if (address - base >= tlb) return { struct: "Table", base: address & ~7, name: `TLB of ${name}` };
    return { struct: "Cpu", base, name };
  }

  /** The count of a swap slot's users. */
  #inSwapMap(address: number): Place | undefined {
    const { layout, view } = this.#control;
    const at = layout.find("SWAP");
    if (at === undefined || !layout.hasStruct("Swap")) return undefined;
    const struct = layout.struct("Swap");
    const map = view.u32(at + struct.offset("mapBase"));
    const slots = view.u32(at + struct.offset("slots"));
    if (slots === 0 || address < map || address >= map + slots * 4) return undefined;
    return { struct: "SwapSlot", base: address & ~3, name: `swap slot ${(address - map) >>> 2}` };
  }

  /** A structure of which there is one, at a constant address. */
  #alone(address: number, struct: string, constant: string, name: string): Place | undefined {
    const { layout } = this.#control;
    const base = layout.find(constant);
    if (base === undefined || !layout.hasStruct(struct)) return undefined;
    return address >= base && address < base + layout.struct(struct).size
      ? { struct, base, name }
      : undefined;
  }

  #inArray(address: number, struct: string, field: string, count: number, name: string): Place | undefined {
    const { size } = this.#control.layout.struct(struct);
    const base = this.#control.get(field);
    const index = Math.floor((address - base) / size);
    return index >= 0 && index < count
      ? { struct, base: base + index * size, name: `${name} ${index}` }
      : undefined;
  }

  /** Name of the field at an address of a structure; undefined at its beginning. */
  #field({ struct, base }: Place, address: number): string | undefined {
    if (address === base || FIELDLESS.has(struct)) return undefined;
    const fields = this.#control.layout.struct(struct);
    return (
      fields.fieldsWith("").find((field) => fields.offset(field) === address - base) ?? `+${address - base}`
    );
  }

  #firstField(struct: string): string | undefined {
    if (FIELDLESS.has(struct)) return undefined;
    return this.#control.layout.struct(struct).fieldsWith("")[0];
  }

  #name(what: string, base: number, letters: boolean): string {
    let name = this.#given.get(base);
    if (name === undefined && !letters) return what;
    if (name === undefined) {
      const count = this.#counts.get(what) ?? 0;
      this.#counts.set(what, count + 1);
      const round = Math.floor(count / LETTERS.length);
      name = `${what} ${LETTERS[count % LETTERS.length]}${round === 0 ? "" : round + 1}`;
      this.#given.set(base, name);
    }
    return name;
  }
}

/** The fields that a story shows of an object. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  AnonVma: ["root", "parent", "refcount", "numChildren", "numActiveVmas"],
  Page: ["flags", "refcount", "mapcount", "mapping", "index"],
  Vma: ["mm", "start", "end", "pgoff", "anonVma"],
  AnonVmaChain: ["vma", "anonVma"],
  AddressSpace: ["pages"],
};

/** An address. */
function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function hexBig(value: bigint): string {
  return `0x${value.toString(16)}`;
}
