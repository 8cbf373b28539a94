/** Makes the setup of a race small: what is not needed to run changed code only makes its search longer. */

import type { Operation } from "../ops/operation.js";
import type { Sequential } from "./sequential.js";

/**
 * The operations of `before` without which `hit` would not run the changed code that it runs behind them. The same
 * input gives the same result.
 */
export function distil(
  programs: Sequential,
  before: readonly Operation[],
  hit: Operation,
): readonly Operation[] {
  const wanted = programs.sitesOf(before, hit);
  if (wanted.size === 0) return before;
  let best = before;
  for (let at = before.length - 1; at >= 0; at--) {
    const candidate = best.filter((_, index) => index !== at);
    const sites = programs.sitesOf(candidate, hit);
    if ([...wanted].every((site) => sites.has(site))) best = candidate;
  }
  return best;
}
