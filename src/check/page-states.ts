/** States of a page that a few operations in a row bring about, before a race about it begins. */

import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import type { Values } from "./values.js";

/** Pages on the lists of reclaim: only there some advice has an effect. */
const LISTED: Operation = { kind: "reclaim", pages: 0 };

interface Place {
  readonly process: number;
  readonly page: number;
  readonly pages: number;
}

/** Each brings the pages of a place into a state. */
const STATES: readonly ((place: Place) => readonly Operation[])[] = [
  /** Reclaim may drop them. */
  (place) => [LISTED, { kind: "madvise", ...place, advice: "free" }],
  /** They are in swap. */
  (place) => [LISTED, { kind: "madvise", ...place, advice: "pageout" }],
  /** They are in memory and in swap. */
  (place) => [
    ...[LISTED, { kind: "madvise", ...place, advice: "pageout" } as const],
    { kind: "touch", ...place, write: false },
  ],
  /** They are locked in memory, and reclaim has seen that. */
  (place) => [{ kind: "mlock", ...place }, LISTED, { kind: "reclaim", pages: 4 }],
  /** Nobody has used them for a while. */
  (place) => [LISTED, { kind: "madvise", ...place, advice: "cold" }],
  /** They are clean, if they are a file's. */
  () => [LISTED, { kind: "writeback", pages: 8 }],
];

/** Operations that bring the page of the operation that matters into a state, or any other page. */
export function stateOf(dice: Dice, values: Values, hit: Operation | undefined): readonly Operation[] {
  const of =
    hit !== undefined && isProcessOperation(hit) ? hit.process : dice.pick([...values.processes.keys()]);
  const given = hit !== undefined && "page" in hit && typeof hit.page === "number" ? hit.page : undefined;
  const page = given ?? dice.pick([...(values.pagesOf(of)?.keys() ?? [])]);
  if (page === undefined || !values.processes.has(of)) return [];
  return dice.pick(STATES)({ process: of, page, pages: 1 + dice.below(2) });
}
