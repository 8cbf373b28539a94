/** What a lane says: how far it is, and its result. */

import type { ModelName } from "../explore/models.js";
import type { StoryEvent } from "../explore/story.js";
import type { Difference } from "./beside.js";
import type { AnswerDifference } from "./kernel-answers.js";

/** How far a lane is. */
export interface LaneProgress {
  readonly stage: "answers" | "programs" | "meetings" | "known races" | "made-up races" | "stress";
  readonly programs: number;
  readonly races: number;
  readonly executions: number;
}

/** Where a finding lies in the sources. */
export interface FoundPlace {
  readonly file: string;
  readonly line: number;
  readonly declaration: string;
}

/** What was found. */
export interface LaneFinding {
  readonly by: "answers" | "programs" | "stress" | "exploration";
  readonly invariant: string;
  readonly message: string;
  /** The text of a race file; null for an answer that differs from the kernel's. */
  readonly race: string | null;
  /** The schedule of the race that shows it; null where there is none. */
  readonly replay: string | null;
  readonly places: readonly FoundPlace[];
  readonly events: readonly StoryEvent[];
  /** The name of a known race; null for a made-up one. */
  readonly known: string | null;
  /** The strongest memory model that shows it, where that is a weak one. */
  readonly model?: ModelName;
}

/** What the engine shows as it is. */
export type MainlineFault = Pick<LaneFinding, "invariant" | "message" | "race">;

/** The same programs on the engine as it is. */
export interface BesideReport {
  readonly programs: number;
  readonly differ: number;
  /** One for each kind of operation. */
  readonly differences: readonly Difference[];
}

/** The result of a lane. */
export interface LaneReport extends LaneProgress {
  readonly answers: {
    readonly cases: number;
    readonly agree: number;
    readonly differences: readonly AnswerDifference[];
  };
  /** Made-up programs that ran on the engine as it is too, and those that ended differently there. */
  readonly beside: BesideReport;
  /** Known races in which changed code met another CPU; all, where nothing is counted. */
  readonly reached: readonly string[];
  /** Known races that were tried. */
  readonly triedRaces: number;
  readonly complete: number;
  readonly seconds: number;
  /** By site of the checked module: how often it ran, in programs and in races. */
  readonly runs: readonly number[];
  /** By declaration: how often another CPU met it. */
  readonly overlaps: ReadonlyMap<string, number>;
  /** What was found, and is the engine's own. */
  readonly mainline: readonly MainlineFault[];
  readonly found: LaneFinding | null;
}
