/** Leaf entries, as in the engine itself; each change is an event of the story. */

import { here } from "../arch/place";
import { traceEntry } from "../arch/entry";
import { writeLocked64 } from "../arch/access";

@inline
export function setPteLocked(at: usize, pte: u64): void {
  traceEntry(at, pte, here());
  writeLocked64(at, pte);
}
