/** The pages of an address space: a walk of its page tables. */
import type { Inspector } from "./memory.js";

/** One page that is mapped. */
export interface MappedPage {
  /** Address in bytes where it is mapped. */
  readonly address: number;
  /** Number of its frame; two mappings of one frame share the page. 0 is the shared zero page. */
  readonly frame: number;
  /** How many page table entries map the frame; 0 for the shared zero page. */
  readonly mapcount: number;
  readonly anonymous: boolean;
  readonly ksm: boolean;
  readonly zero: boolean;
  readonly writable: boolean;
  readonly dirty: boolean;
  /** First 8 bytes of its content; 0 when the engine keeps none. */
  readonly value: bigint;
}

/**
 * The state of a walk: the bits of an entry's low word that it checks, and the number of tables that it may still
 * visit.
 */
interface Walk {
  /** Tables left. The engine has room for no more. */
  left: number;
  readonly present: number;
  readonly write: number;
  readonly dirty: number;
  readonly zero: number;
  readonly anon: number;
  readonly ksm: number;
}

/**
 * Visits the mapped pages of a slot's address space in [start, end) bytes, ascending by address. Only present entries
 * count: a page in swap has none. Throws EngineCrashError when the tables form a circle.
 */
export function* walkPages(
  inspector: Inspector,
  slot: number,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): Generator<MappedPage> {
  const { layout } = inspector.control;
  const mm = inspector.mmOf(slot);
  if (mm === 0) return;
  const bits: Walk = {
    left: inspector.control.get("kpages"),
    present: layout.constant("PTE_PRESENT"),
    write: layout.constant("PTE_WRITE"),
    dirty: layout.constant("PTE_DIRTY"),
    zero: layout.constant("PTE_ZERO"),
    anon: layout.constant("MAPPING_ANON"),
    ksm: layout.constant("MAPPING_KSM"),
  };
  const levels = layout.constant("TABLE_LEVELS");
  yield* walkTable(inspector, bits, inspector.mm.u32(mm, "pgd"), levels - 1, 0, start, end);
}

function* walkTable(
  inspector: Inspector,
  bits: Walk,
  table: number,
  level: number,
  base: number,
  start: number,
  end: number,
): Generator<MappedPage> {
  if (table === 0) return;
  if (bits.left-- === 0) throw inspector.broken("the page tables of an address space form a circle");
  const { layout } = inspector.control;
  const entries = layout.constant("PTRS_PER_TABLE");
  const pageSize = layout.constant("PAGE_SIZE");
  const span = pageSize * entries ** level;
  const first = Math.max(0, Math.floor((start - base) / span));
  const last = Math.min(entries, Math.ceil((end - base) / span));
  for (let index = first; index < last; index++) {
    const entry = table + index * 8;
    const low = inspector.view.u32(entry);
    if ((low & bits.present) === 0) continue;
    const address = base + index * span;
    if (level > 0) {
      // The low word's upper bits are the next table, page-aligned.
      const next = (low & -pageSize) >>> 0;
      yield* walkTable(inspector, bits, next, level - 1, address, start, end);
    } else {
      yield mappedPage(inspector, bits, address, low, inspector.view.u32(entry + 4));
    }
  }
}

function mappedPage(
  inspector: Inspector,
  bits: Walk,
  address: number,
  low: number,
  page: number,
): MappedPage {
  const zero = (low & bits.zero) !== 0;
  const mapping = inspector.page.u32(page, "mapping");
  return {
    address,
    frame: zero ? 0 : inspector.frameOf(page),
    mapcount: zero ? 0 : inspector.page.u32(page, "mapcount"),
    anonymous: !zero && (mapping & bits.anon) !== 0,
    ksm: !zero && (mapping & bits.ksm) === bits.ksm,
    zero,
    writable: (low & bits.write) !== 0,
    dirty: (low & bits.dirty) !== 0,
    value: zero ? 0n : inspector.contentOf(page),
  };
}
