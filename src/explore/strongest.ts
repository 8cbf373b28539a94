/** Looks for the strongest memory model that still shows a finding. */

import { type ModelName, strongerThan } from "./models.js";
import { follow } from "./replay.js";
import type { Runner } from "./run.js";
import { type Shrunk, shrink } from "./shrink.js";
import { isDeviation } from "./turns.js";

/** The most executions in one model. */
const MOST = 500;

/** A finding in another model. */
interface InModel {
  readonly runner: Runner;
  readonly shrunk: Pick<Shrunk, "turns" | "finding">;
}

/**
 * Tries the schedule of a finding in each stronger model, with every choice of that model up to as many deviations as the
 * finding has. Undefined: none of them shows it that way. Another schedule may: that is what a search in that model is
 * for.
 */
export function strongestOf(
  runner: Runner,
  { turns, finding }: Pick<Shrunk, "turns" | "finding">,
  runnerIn: (model: ModelName) => Runner,
): InModel | undefined {
  const schedule = turns.filter((turn) => !isDeviation(turn));
  const deviations = turns.length - schedule.length;
  for (const model of strongerThan(runner.machine.model.name as ModelName)) {
    const other = runnerIn(model);
    const shown = follow(other, schedule, deviations, MOST, finding);
    if (shown === undefined) continue;
    return { runner: other, shrunk: shrink(other, shown.turns, shown.finding) ?? shown };
  }
  return undefined;
}
