/** The pages of an address space: a walk of its page tables. */
import { entriesOf } from "./entries.js";
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

/** The bits of an entry's low word, and of a page's mapping, that a walk looks at. */
interface Bits {
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
  const bits: Bits = {
    present: layout.constant("PTE_PRESENT"),
    write: layout.constant("PTE_WRITE"),
    dirty: layout.constant("PTE_DIRTY"),
    zero: layout.constant("PTE_ZERO"),
    anon: layout.constant("MAPPING_ANON"),
    ksm: layout.constant("MAPPING_KSM"),
  };
  for (const { address, low, high } of entriesOf(inspector, inspector.mm.u32(mm, "pgd"), start, end))
    if ((low & bits.present) !== 0) yield mappedPage(inspector, bits, address, low, high);
}

function mappedPage(
  inspector: Inspector,
  bits: Bits,
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
