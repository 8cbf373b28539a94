/**
 * Explores a race: runs every interleaving of its CPUs within bounds, on modelled hardware. It needs no shared memory with
 * other threads, so a page need not be isolated for it.
 */

export type { ChangedDeclaration } from "./build/counted.js";
export { type ExploreRaceOptions, explore } from "./explore/explore.js";
export type { ClosedBy, Explanation } from "./explore/judge/explain.js";
export { loadModel } from "./explore/model-module.js";
export { ENGINE_MODELS, type ModelName } from "./explore/models.js";
export type {
  BoundedCheck,
  RowFinding as ExploreFinding,
  RowProgress as ExploreProgress,
  RowReport as ExploreReport,
} from "./explore/row-report.js";
export { STRATEGIES, type StrategyName } from "./explore/row-settings.js";
export type { StoryEvent } from "./explore/story.js";
export { parseRace, type RaceName } from "./scenario/race-file.js";
