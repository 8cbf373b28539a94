/** Changes of page table entries, as events of the story. */

import { trace } from "./trace";
import { EVENT_ENTRY, PTE_PRESENT, PTE_SWAP, PTE_WRITE } from "../layout";

/**
 * Notes that the entry at `at` becomes `pte`. b: the struct page with PTE_PRESENT and PTE_WRITE in its low bits; for a
 * swap entry its slot times four, with PTE_SWAP; otherwise 0.
 */
export function traceEntry(at: usize, pte: u64, place: u32): void {
  const high = <u32>(pte >> 32);
  const low = <u32>pte;
  const present = (low & (<u32>PTE_PRESENT)) != 0;
  const swap = !present && (low & (<u32>PTE_SWAP)) != 0;
  const packed = present ? high | (low & (<u32>(PTE_PRESENT | PTE_WRITE))) : swap ? (high << 2) | (<u32>PTE_SWAP) : 0;
  trace(EVENT_ENTRY | (place << 8), <u32>at, packed);
}
