/** A finding of a lane, with the race that shows it. */

import type { RowFinding } from "../explore/row.js";
import type { RaceForm } from "../scenario/race.js";
import type { Symptom } from "./checked-machine.js";
import type { FoundPlace, LaneFinding } from "./lane-report.js";
import { raceText } from "./told.js";

/** `shown`: what exploration of the race showed. `known`: the name of a known race, or null. */
export function laneFinding(
  by: LaneFinding["by"],
  form: RaceForm,
  { invariant, message }: Pick<Symptom, "invariant" | "message">,
  shown: RowFinding | undefined,
  known: string | null,
): LaneFinding {
  const events = shown?.events ?? [];
  const places = new Map<string, FoundPlace>();
  for (const { file, line, function: declaration } of events)
    if (file !== "") places.set(`${file}:${line}`, { file, line, declaration });
  // A wrong word says more than the place where it was read.
  const told = invariant === "CONTENT" && by === "programs" ? message : shown?.conclusion || message;
  return {
    ...{ by, invariant, message: told },
    race: raceText(form, invariant, told),
    replay: shown === undefined || shown.replay === "" ? null : shown.replay,
    ...{ places: [...places.values()], events, known },
    ...(shown !== undefined && shown.model !== "sc" && { model: shown.model }),
  };
}
