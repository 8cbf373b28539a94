/** Looks for the strongest memory model that still shows a finding. */

import type { Finding } from "./finding.js";
import { type ModelName, strongerThan } from "./models.js";
import { follow, turnsOf } from "./replay.js";
import type { Runner } from "./run.js";
import { type Shrunk, shrink } from "./shrink.js";
import { BoundedStrategy } from "./strategy/bounded.js";
import { isDeviation } from "./turns.js";

/** The most executions in one model with the schedule of the finding. */
const MOST = 500;
/** The searches for another schedule: their bounds, and the most executions of each. */
const SEARCHES = [
  [{ preemptions: 1, stale: 1, together: 2 }, 3000],
  [{ preemptions: 2, stale: 1, together: 3 }, 1000],
] as const;

/** A finding in another model. */
interface InModel {
  readonly runner: Runner;
  readonly shrunk: Pick<Shrunk, "turns" | "finding">;
}

/**
 * Tries the schedule of a finding in each stronger model, with every choice of that model up to as many deviations as the
 * finding has; then others. Undefined: none of them shows it that way. A whole search in that model may.
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
    const shown = follow(other, schedule, deviations, MOST, finding) ?? search(other, finding);
    if (shown === undefined) continue;
    return { runner: other, shrunk: shrink(other, shown.turns, shown.finding) ?? shown };
  }
  return undefined;
}

function search(runner: Runner, wanted: Finding): Pick<Shrunk, "turns" | "finding"> | undefined {
  for (const [bounds, executions] of SEARCHES) {
    const { finding } = runner.explore(() => new BoundedStrategy(bounds), { executions });
    if (finding?.invariant === wanted.invariant && finding.code === wanted.code)
      return { finding, turns: turnsOf(runner, finding.decisions, finding.choices) };
  }
  return undefined;
}
