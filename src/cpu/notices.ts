/** The rings in which CPUs note what they do, behind the engine's own memory: where they stand, and how to read them. */
import type { Layout } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** One notice. */
export interface Notice {
  readonly order: number;
  readonly kind: number;
  readonly cpu: number;
  readonly space: number;
  readonly address: number;
}

/** Rings of so many CPUs, with so many places each, from a byte offset on. */
export class NoticeRings {
  readonly #view: MemoryView;
  readonly #rings: readonly number[];
  readonly #places: number;
  readonly #ring: Readonly<Record<"size" | "head" | "lost" | "read", number>>;
  readonly #notice: Readonly<Record<"size" | "order" | "kind" | "space" | "address", number>>;

  private constructor(view: MemoryView, layout: Layout, base: number, cpus: number, places: number) {
    this.#view = view;
    this.#places = places;
    const ring = layout.struct("NoticeRing");
    const notice = layout.struct("Notice");
    const at = (name: "head" | "lost" | "read") => ring.offset(name);
    this.#ring = { size: ring.size, head: at("head"), lost: at("lost"), read: at("read") };
    const of = (name: "order" | "kind" | "space" | "address") => notice.offset(name);
    this.#notice = {
      ...{ size: notice.size, order: of("order"), kind: of("kind") },
      ...{ space: of("space"), address: of("address") },
    };
    const first = base + layout.constant("CACHE_LINE");
    const bytes = ringBytes(layout, places);
    this.#rings = Array.from({ length: cpus }, (_, cpu) => first + cpu * bytes);
  }

  /** Bytes of the rings of so many CPUs. */
  static bytes(layout: Layout, cpus: number, places: number): number {
    return layout.constant("CACHE_LINE") + cpus * ringBytes(layout, places);
  }

  /** Lays the rings out in zeroed memory, and shows them to the engine. No CPU runs yet. */
  static make(
    view: MemoryView,
    layout: Layout,
    base: number,
    cpus: number,
    places: number,
  ): NoticeRings | undefined {
    const control = layout.struct("Ctl");
    const field = (name: string, value: number) =>
      view.setU32(layout.constant("CTL") + control.offset(name), value);
    if (places === 0) {
      // A machine that comes from an image may have had some.
      if (control.has("noticeBase")) field("noticeBase", 0);
      return undefined;
    }
    const rings = new NoticeRings(view, layout, base, cpus, places);
    for (const ring of rings.#rings)
      view.setU32(ring + layout.struct("NoticeRing").offset("mask"), places - 1);
    field("noticeBytes", ringBytes(layout, places));
    field("noticeBase", base);
    return rings;
  }

  /** Notices that found no room, of all CPUs. */
  get lost(): number {
    return this.#rings.reduce((sum, ring) => sum + this.#view.load(ring + this.#ring.lost), 0);
  }

  /** Notices that are there now. */
  get waiting(): number {
    const { head, read } = this.#ring;
    const of = (ring: number) => (this.#view.load(ring + head) - this.#view.u32(ring + read)) >>> 0;
    return this.#rings.reduce((sum, ring) => sum + of(ring), 0);
  }

  /** Takes the oldest notice of all CPUs; undefined when there is none. */
  take(): Notice | undefined {
    const view = this.#view;
    const { head, read, size } = this.#ring;
    const fields = this.#notice;
    let cpu = -1;
    let at = 0;
    let order = 0;
    for (let number = 0; number < this.#rings.length; number++) {
      const ring = this.#rings[number] as number;
      const next = view.u32(ring + read);
      // Pairs with the release of NoticeRing.head in mem/notice.ts.
      if (next === view.load(ring + head)) continue;
      const place = ring + size + (next & (this.#places - 1)) * fields.size;
      const its = view.u32(place + fields.order);
      // Numbers wrap. Notices that are there at once are never that far apart.
      if (cpu >= 0 && ((its - order) | 0) >= 0) continue;
      cpu = number;
      at = place;
      order = its;
    }
    if (cpu < 0) return undefined;
    const kind = view.u32(at + fields.kind);
    const space = view.u32(at + fields.space);
    const address = view.number(at + fields.address);
    const place = (this.#rings[cpu] as number) + read;
    // Pairs with the acquire of NoticeRing.read in mem/notice.ts.
    view.store(place, (view.u32(place) + 1) >>> 0);
    return { order, kind, cpu, space, address };
  }
}

/** Bytes of one ring, in whole cache lines. */
function ringBytes(layout: Layout, places: number): number {
  const line = layout.constant("CACHE_LINE");
  const bytes = layout.struct("NoticeRing").size + places * layout.struct("Notice").size;
  return Math.ceil(bytes / line) * line;
}
