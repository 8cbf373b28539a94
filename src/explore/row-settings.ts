/** How a row is explored: which strategy, in which memory model, within which bounds. */

import { isWeak, type ModelName } from "./models.js";
import { canKeep } from "./seen-states.js";
import { BoundedStrategy, type Bounds, type Part } from "./strategy/bounded.js";
import { PctStrategy } from "./strategy/pct.js";
import { RandomStrategy } from "./strategy/random.js";
import type { Strategy } from "./strategy/strategy.js";

/** Strategies by name. */
export const STRATEGIES = ["bounded", "dpor", "pct", "random"] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** How to explore. Plain data: it goes to a thread. */
export interface ExploreSettings {
  readonly strategy: StrategyName;
  /** Default: sc. */
  readonly model?: ModelName;
  /** bounded: the most preemptions. */
  readonly preemptions: number;
  /** bounded, in a weak model: the most stale reads. Without it two, and with two of them one preemption less. */
  readonly stale?: number;
  /** pct and random: where the random numbers begin. */
  readonly seed: number;
  /** Run this one schedule instead: a finding's replay string. */
  readonly replay?: string;
  /** Learn the contended words first: for a large row, or one that is split. */
  readonly learn?: boolean;
  /**
   * Explore in the machine that is weaker than lkmm, alpha and pairwise, one of which is `model`. The report says `complete`
   * only if there is nothing to find in any of them; whatever is found is not told.
   */
  readonly weakest?: boolean;
  /** Explore only this part. Not for dpor. */
  readonly part?: Part;
  /** The most executions; without it there is no limit for bounded, and one of its own for each other strategy. */
  readonly executions?: number;
}

/** Executions of pct and random without a limit. */
const RANDOM_EXECUTIONS = 10_000;

/** Stale reads of a bounded search in a weak model. */
const STALE = 2;

/** The bounds of a bounded search. */
export function boundsOf({ model = "sc", preemptions, stale }: ExploreSettings): Bounds {
  if (!isWeak(model)) return { preemptions, stale: 0, together: preemptions };
  if (stale !== undefined) return { preemptions, stale, together: preemptions + stale };
  return { preemptions, stale: STALE, together: Math.max(preemptions, STALE - 1) + 1 };
}

/** Whether a search leaves out what comes behind a state that it has been in: where nobody is to find anything. */
export function merges({ weakest, part, ...settings }: ExploreSettings): boolean {
  return weakest === true && part === undefined && canKeep(boundsOf(settings));
}

/** The strategy of a search. `reduction` makes that of dpor. */
export function strategyOf(
  settings: ExploreSettings,
  cpus: number,
  reduction: (cpus: number) => Strategy,
): Strategy {
  const { strategy, seed, part } = settings;
  const all = settings.executions ?? RANDOM_EXECUTIONS;
  const first = part === undefined ? 0 : Math.floor((part.index * all) / part.of);
  const most = (part === undefined ? all : Math.floor(((part.index + 1) * all) / part.of)) - first;
  switch (strategy) {
    case "bounded":
      return new BoundedStrategy(boundsOf(settings), part);
    case "dpor":
      return reduction(cpus);
    case "pct":
      return new PctStrategy(seed, { executions: most, first });
    case "random":
      return new RandomStrategy(seed, most, first);
  }
}
