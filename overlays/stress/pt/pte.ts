/** Leaf entries, as in the engine itself; each change is an event of the story. */

import { here } from "../arch/place";
import { traceEntry } from "../arch/entry";
import { writeLocked64 } from "../arch/access";
import { mustBeOwned } from "../mem/shadow";

@inline
export function setPteLocked(at: usize, pte: u64): void {
  mustBeOwned(pte);
  traceEntry(at, pte, here());
  writeLocked64(at, pte);
}
