/** Entries of page tables: a single one, and those of a range. */

import type { Inspector } from "./memory.js";

/**
 * Where the entry of a page stands in its leaf table, as a byte offset; 0: there is no such table. `root` is the address
 * space's highest table, and `page` counts pages from address 0. The engine must be quiescent.
 */
export function entryOf({ control, view }: Inspector, root: number, page: number): number {
  const { layout } = control;
  const [entries, pageSize] = [layout.constant("PTRS_PER_TABLE"), layout.constant("PAGE_SIZE")];
  const present = layout.constant("PTE_PRESENT");
  let table = root;
  for (let level = layout.constant("TABLE_LEVELS") - 1; table !== 0; level--) {
    const at = table + (Math.floor(page / entries ** level) % entries) * 8;
    if (level === 0) return at;
    const low = view.u32(at);
    table = (low & present) === 0 ? 0 : (low & -pageSize) >>> 0;
  }
  return 0;
}

/** An entry of a leaf table that is not empty. */
export interface Entry {
  /** Address in bytes of the page that it is for. */
  readonly address: number;
  /** The entry: bits, and for a page in memory its struct page, for one in swap its slot. */
  readonly low: number;
  readonly high: number;
}

/**
 * The entries in [start, end) bytes, ascending by address. It takes as long as there are tables, however large the range is.
 * `root` is the address space's highest table; 0 is none. Throws EngineCrashError when the tables form a circle. The engine
 * must be quiescent.
 */
export function* entriesOf(
  inspector: Inspector,
  root: number,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): Generator<Entry> {
  const { layout } = inspector.control;
  const top = layout.constant("TABLE_LEVELS") - 1;
  // The engine has room for no more tables.
  const walk: Walk = { inspector, start, end, left: inspector.control.get("kpages") };
  if (root !== 0) yield* entriesIn(walk, root, top, 0);
}

/** A walk of the entries in [start, end), which may still visit `left` tables. */
interface Walk {
  readonly inspector: Inspector;
  readonly start: number;
  readonly end: number;
  left: number;
}

function* entriesIn(walk: Walk, table: number, level: number, base: number): Generator<Entry> {
  const { inspector, start, end } = walk;
  if (walk.left-- === 0) throw inspector.broken("the page tables of an address space form a circle");
  const { layout } = inspector.control;
  const [entries, pageSize] = [layout.constant("PTRS_PER_TABLE"), layout.constant("PAGE_SIZE")];
  const present = layout.constant("PTE_PRESENT");
  const span = pageSize * entries ** level;
  const first = Math.max(0, Math.floor((start - base) / span));
  const last = Math.min(entries, Math.ceil((end - base) / span));
  for (let index = first; index < last; index++) {
    const entry = table + index * 8;
    const low = inspector.view.u32(entry);
    const address = base + index * span;
    if (level === 0) {
      if (low !== 0) yield { address, low, high: inspector.view.u32(entry + 4) };
    } else if ((low & present) !== 0) {
      // The low word's upper bits are the next table, page-aligned.
      yield* entriesIn(walk, (low & -pageSize) >>> 0, level - 1, address);
    }
  }
}
