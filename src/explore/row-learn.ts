/** When a row learns its contended words: before its search, or when that turns out to be large. */

import { learn } from "./learn.js";
import { isWeak } from "./models.js";
import { boundsOf, type ExploreSettings, merges } from "./row-settings.js";
import type { Runner } from "./run.js";
import type { Strategy } from "./strategy/strategy.js";

/**
 * Whether a search learns its contended words first. With three CPUs in a weak model most executions would be those of
 * passes that knew too few.
 */
export function learns({ learn, strategy, ...settings }: ExploreSettings, cpus: number): boolean {
  if (learn === true) return true;
  if (strategy !== "bounded" || cpus < 3 || !isWeak(settings.model ?? "sc")) return false;
  return boundsOf({ strategy, ...settings }).together > 2;
}

/**
 * Executions of a weak row after which it counts as large. A search that meets a new contended word starts over. With
 * dozens of words that took ten times as long as the last pass alone.
 */
const LARGE_WEAK = 2000;

/** Whether a search learns its contended words when it turns out to be large. */
export function learnsLate({ strategy, model = "sc", executions, part }: ExploreSettings): boolean {
  return strategy === "bounded" && isWeak(model) && executions === undefined && part === undefined;
}

/**
 * Begins a search, and learns the contended words if that does not come to an end soon. What random executions find on the
 * way is left aside: the row is about its bounds.
 */
export function learnIfLarge(runner: Runner, make: () => Strategy, settings: ExploreSettings): void {
  const { complete, finding } = runner.explore(make, { executions: LARGE_WEAK, merges: merges(settings) });
  if (!complete && finding === undefined) learn(runner, boundsOf(settings));
}
