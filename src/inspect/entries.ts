/** Single entries of page tables. */

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
