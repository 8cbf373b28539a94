/** What a row has found, told: as few turns as show it, in the strongest model that does, with its story. */

import { MACHINE } from "../scenario/verdict.js";
import type { Finding } from "./finding.js";
import { type Explanation, explain, verified } from "./judge/explain.js";
import { isWeak, type ModelName } from "./models.js";
import type { RaceNet } from "./net.js";
import { turnsOf } from "./replay.js";
import type { RowFinding } from "./row-report.js";
import type { Runner } from "./run.js";
import { type Shrunk, shrink } from "./shrink.js";
import { type StoryEvent, tellStory } from "./story.js";
import { strongestOf } from "./strongest.js";
import { printTurns } from "./turns.js";

/** Makes a runner of the same program with another memory model. */
export type RunnerIn = (model: ModelName) => Runner;

/**
 * A finding of the runner's last execution, shrunk and with its story. `runnerIn` lets it try stronger memory models
 * first: the finding is then told in the strongest one that shows it.
 */
export function toldOf(
  runner: Runner,
  finding: Finding,
  module: WebAssembly.Module,
  runnerIn?: RunnerIn,
): RowFinding {
  const turns = turnsOf(runner, finding.decisions, finding.choices);
  const least = shrink(runner, turns, finding) ?? { turns, finding };
  const stronger = runnerIn && strongestOf(runner, least, runnerIn);
  return stronger === undefined
    ? findingOf(runner, least, module, runnerIn)
    : findingOf(stronger.runner, stronger.shrunk, module, runnerIn);
}

/** A finding with its story. A weak model's goes before the axioms, and is explained; without `runnerIn` nothing is tried. */
export function findingOf(
  runner: Runner,
  { turns, finding }: Pick<Shrunk, "turns" | "finding">,
  module: WebAssembly.Module,
  runnerIn?: RunnerIn,
): RowFinding {
  const { invariant, code, message, positions } = finding;
  const { conclusion, events, names } = tellStory(runner, turns, module);
  const model = runner.machine.model.name as ModelName;
  const told = { invariant, code, message, positions, replay: printTurns(turns), conclusion, events, model };
  if (!isWeak(model)) return told;
  const explained = explain(runner, turns, module, names);
  const explanation = runnerIn ? verified(explained, runnerIn, turns, finding) : explained.explanation;
  const whole = { ...told, events: withReasons(events, explanation), explanation };
  return explanation.forbiddenBy === null ? whole : mistaken(whole, explanation.forbiddenBy);
}

/** A finding whose execution the axioms of its model forbid: a mistake of the machine that runs the model, not of the race. */
function mistaken(told: RowFinding, axiom: string): RowFinding {
  const why = `the axioms of ${told.model} forbid this execution (${axiom})`;
  return {
    ...told,
    ...{ invariant: MACHINE, code: MACHINE, message: `${why}: ${told.message}` },
    conclusion: `${why}, so the machine that runs ${told.model} is wrong, and this says nothing about the race; ${told.conclusion}`,
  };
}

/** The story with the reason at its last read of an old value, to which the others lead. */
function withReasons(events: readonly StoryEvent[], { because }: Explanation): readonly StoryEvent[] {
  const last = events.findLast(({ stale }) => stale);
  if (last === undefined || because.length === 0) return events;
  return events.map((event) => (event === last ? { ...event, because: because.join("; ") } : event));
}

/** The first race on plain accesses, as a finding. It needs no replay: it is in every execution that comes to both places. */
export function raceIn(net: RaceNet, model: ModelName = "sc"): RowFinding | undefined {
  return racesIn(net, model)[0];
}

/** All races on plain accesses, each as a finding. */
export function racesIn(net: RaceNet, model: ModelName = "sc"): readonly RowFinding[] {
  return net.races().map(({ message }) => ({
    ...{ invariant: "RACE", code: "RACE", message, replay: "" },
    ...{ positions: [], conclusion: message, events: [], model },
  }));
}

/** What bounded search finds where reduction has called everything clean: a mistake of the reduction, not of the race. */
export function contradiction(told: RowFinding): RowFinding {
  const message = `reduction missed it: ${told.message}`;
  return {
    ...told,
    ...{ invariant: "REDUCTION", code: "REDUCTION", message },
    conclusion: `reduction found nothing, but bounded search did, so do not trust --strategy dpor here; ${told.conclusion}`,
  };
}
