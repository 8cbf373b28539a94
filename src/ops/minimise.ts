/** Delta debugging: the shortest script that still shows a fault. */
import type { Operation } from "./operation.js";
import { keepValid } from "./valid.js";

/** Bounds of a minimisation. */
export interface MinimiseOptions {
  /** The most runs of the test. After these it returns the best script so far. Default 2000. */
  readonly maxTests?: number;
}

/**
 * Removes operations as long as `fails` stays true for the rest, first in large pieces and then one by one, until no
 * single operation can be removed. `ops` itself must fail. Scripts for `fails` are always valid.
 */
export function minimise(
  ops: readonly Operation[],
  fails: (ops: readonly Operation[]) => boolean,
  options: MinimiseOptions = {},
): Operation[] {
  let best = keepValid(ops);
  let left = options.maxTests ?? 2000;
  const seen = new Set<string>();
  let pieces = 2;
  while (best.length > 1 && left > 0) {
    const size = Math.ceil(best.length / pieces);
    let removed = false;
    // From the end: later operations depend on earlier ones, so tails are the easiest to remove.
    for (let end = best.length; end > 0 && left > 0; end -= size) {
      const candidate = keepValid([...best.slice(0, Math.max(0, end - size)), ...best.slice(end)]);
      const key = candidate.map((op) => best.indexOf(op)).join();
      if (candidate.length === best.length || seen.has(key)) continue;
      left--;
      if (fails(candidate)) {
        best = candidate;
        seen.clear();
        removed = true;
        break;
      }
      seen.add(key);
    }
    if (removed) {
      pieces = Math.max(2, Math.min(pieces - 1, best.length));
    } else if (size === 1) {
      break;
    } else {
      pieces = Math.min(best.length, pieces * 2);
    }
  }
  return best;
}
