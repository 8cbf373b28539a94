/**
 * Learns which words are contended before an exhaustive search begins. A search that meets a new one starts over, which
 * can double its time; and the parts of a search that is split must all decide about the same words.
 */

import type { Finding } from "./finding.js";
import type { Runner } from "./run.js";
import { BoundedStrategy, type Bounds } from "./strategy/bounded.js";
import { PctStrategy } from "./strategy/pct.js";
import { RandomStrategy } from "./strategy/random.js";

/** Random executions of each kind: with 300, no race of the catalogue had a word left to find. */
const EXECUTIONS = 300;
/** Steps over which the priorities of PCT change. */
const STEPS = 100;

/**
 * Runs a few hundred executions, the same ones each time. The runner's machine knows the contended words afterwards.
 * Returns what a random execution found: the search may find something shorter, or nothing within its bounds. What one
 * preemption shows, the search finds again.
 */
export function learn(runner: Runner, { preemptions, stale }: Bounds): Finding | undefined {
  const [first, weak] = [Math.min(1, preemptions), Math.min(1, stale)];
  const bounds = { preemptions: first, stale: weak, together: first + weak };
  const { finding } = runner.explore(() => new BoundedStrategy(bounds));
  if (finding !== undefined) return undefined;
  const random = runner.explore(() => new RandomStrategy(1, EXECUTIONS));
  const pct = runner.explore(() => new PctStrategy(1, { executions: EXECUTIONS, steps: STEPS }));
  return random.finding ?? pct.finding;
}
