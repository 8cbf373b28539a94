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

/** Fields that are locks, and their names in messages. */
const LOCKS: Readonly<Record<string, string>> = {
  "AnonVma.rwsem": "lock",
  "Mm.mmapLock": "mmap lock",
  "Mm.tablesLock": "tables lock",
  "AddressSpace.iMmapLock": "i_mmap lock",
  "AddressSpace.iPages": "i_pages lock",
};

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

  /** A lock: `lock of anon_vma A`, `page lock of frame 12`. */
  lock(address: number): string {
    const place = this.#find(address);
    if (!place) return `lock at ${hex(address)}`;
    if (place.struct === "Page") return `page lock of ${place.name}`;
    const field = this.#field(place, address) ?? this.#firstField(place.struct);
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
    const { view, layout } = this.#control;
    if (type === "u64") return `${field} ${hexBig(view.u64(offset))}`;
    const value = view.u32(offset);
    if (field === "flags") {
      const bits = layout
        .constantsWith("PG_")
        .filter(([name, bit]) => !/LRUVEC/.test(name) && (value & bit) === bit);
      return `flags ${bits.map(([name]) => name.toLowerCase()).join("|") || "none"}`;
    }
    if (field === "mapping") {
      const tag = value & 3;
      const owner = value === 0 ? "none" : this.object(value - tag);
      return `mapping ${owner}${tag === 1 ? " (anonymous)" : tag === 3 ? " (merged)" : ""}`;
    }
    if (/^(root|parent|anonVma|vma|mm|file)$/.test(field))
      return `${field} ${value === 0 ? "none" : this.object(value)}`;
    return `${field} ${value}`;
  }

  /** The state of an anon_vma, by its slab slot: allocated or freed. */
  #life(base: number): string {
    const { view, layout } = this.#control;
    const struct = layout.struct("SlabCache");
    const cache = this.#control.get("slabBase") + layout.constant("SLAB_ANON_VMA") * struct.size;
    const state = view.u32(base + view.u32(cache + struct.offset("size")) + 4);
    return `${(state & 1) === 1 ? "allocated" : "freed"}, life ${(state + 1) >>> 1}`;
  }

  #find(address: number): Place | undefined {
    const control = this.#control;
    const page = control.layout.struct("Page").size;
    const frames = control.get("pageBase");
    const count = control.get("frames") + 1;
    if (address >= frames && address < frames + count * page) {
      const number = Math.floor((address - frames) / page);
      return { struct: "Page", base: frames + number * page, name: `frame ${number}` };
    }
    const arena = this.#arenaPage(address);
    if (arena !== undefined) return this.#slabObject(address, arena);
    const kpages = control.get("kpageBase");
    const stride = control.layout.constant("ARENA_PAGE_STRIDE");
    if (address >= kpages && address < kpages + control.get("kpages") * stride) {
      const base = kpages + Math.floor((address - kpages) / stride) * stride;
      return { struct: "Table", base, name: this.#name("page table", base) };
    }
    return (
      this.#inArray(address, "Lruvec", "lruvecBase", control.cpus + 1, "LRU lists of CPU") ??
      this.#inArray(address, "Zone", "zoneBase", 2, "zone") ??
      this.#inArray(address, "SlabCache", "slabBase", control.layout.constant("SLAB_CACHES"), "slab cache")
    );
  }

  /** Struct page of the arena page that an address lies in, or undefined. */
  #arenaPage(address: number): number | undefined {
    const { layout } = this.#control;
    const number = Math.floor((address - this.#control.get("kmemBase")) / layout.constant("PAGE_SIZE"));
    if (number < 0 || number >= this.#control.get("kpages")) return undefined;
    return this.#control.get("kpageBase") + number * layout.constant("ARENA_PAGE_STRIDE");
  }

  #slabObject(address: number, page: number): Place | undefined {
    const { view, layout } = this.#control;
    const fields = layout.struct("Page");
    const flags = view.u32(page + fields.offset("flags"));
    if ((flags & layout.constant("PG_TABLE")) !== 0) return this.#tableEntry(address, page);
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
    return { struct: known[0], base, name: own ?? this.#name(known[1], base) };
  }

  /** `entry 3 of page table A`, for an address inside of a table. `page` is the table's struct page. */
  #tableEntry(address: number, page: number): Place {
    const offset = (address - this.#control.get("kmemBase")) % this.#control.layout.constant("PAGE_SIZE");
    const name = `entry ${offset >>> 3} of ${this.#name("page table", page)}`;
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
    if (address === base || struct === "Table") return undefined;
    const fields = this.#control.layout.struct(struct);
    return (
      fields.fieldsWith("").find((field) => fields.offset(field) === address - base) ?? `+${address - base}`
    );
  }

  #firstField(struct: string): string | undefined {
    if (struct === "Table") return undefined;
    return this.#control.layout.struct(struct).fieldsWith("")[0];
  }

  #name(what: string, base: number): string {
    let name = this.#given.get(base);
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
