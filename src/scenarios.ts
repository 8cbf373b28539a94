/**
 * Races and scripts: the package's races, `.race` files and `.ops` scripts of your own, and what a kernel answered to them.
 *
 * ```js
 * import { explore } from "rmap-engine/explore";
 * import { bundledScenarios } from "rmap-engine/scenarios";
 *
 * const race = (await bundledScenarios()).find(({ name }) => name === "drop-drop");
 * const { complete, found } = await explore(race);
 * ```
 */
export { compareAnswers, type Disagreement } from "./compare/answers.js";
export type { Difference } from "./compare/dumps.js";
export { type Recorded, readRecorded } from "./compare/recorded.js";
export type { FailOp, GlobalOp, Operation, ProcessOperation, ReclaimOp, ScanOp } from "./ops/operation.js";
export { type Answer, type Dump, type DumpProcess, type Outcome, printAnswer } from "./ops/outcome.js";
export { printOperation } from "./ops/print.js";
export { parseScript } from "./ops/script.js";
export { bundledScenarios } from "./scenario/bundled.js";
export type { Daemons, RaceBoot, RaceForm, Scenario } from "./scenario/race.js";
export { parseRace, type RaceName } from "./scenario/race-file.js";
export { printRace } from "./scenario/race-print.js";
export { runScript, type ScriptEvents } from "./script/script.js";
