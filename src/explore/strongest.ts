/** Looks for the strongest memory model that still shows a finding. */

import type { Finding } from "./finding.js";
import { type ModelName, strongerThan } from "./models.js";
import { follow, turnsOf } from "./replay.js";
import type { Runner } from "./run.js";
import { type Shrunk, shrink } from "./shrink.js";
import { BoundedStrategy } from "./strategy/bounded.js";
import { isDeviation } from "./turns.js";

/** The most executions in one model with the schedule of the finding, and with others. */
const MOST = 500;
const MOST_OTHERS = 4000;
/** Bounds of the search for another schedule. */
const BOUNDS = { preemptions: 1, stale: 1, together: 2 } as const;

/** A finding in another model. */
interface InModel {
  readonly runner: Runner;
  readonly shrunk: Pick<Shrunk, "turns" | "finding">;
}

/**
 * Tries the schedule of a finding in each stronger model, with every choice of that model up to as many deviations as the
 * finding has; then others with one preemption and one deviation. Undefined: none of them shows it that way. A whole
 * search in that model may.
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
  const { finding } = runner.explore(() => new BoundedStrategy(BOUNDS), { executions: MOST_OTHERS });
  if (finding?.invariant !== wanted.invariant || finding.code !== wanted.code) return undefined;
  return { finding, turns: turnsOf(runner, finding.decisions, finding.choices) };
}
