/**
 * Replays recordings of real programs on an engine, and compares with the page counts that the kernel recorded.
 *
 * ```js
 * import { replay } from "rmap-engine/replay";
 * import { traceBytes } from "rmap-engine/trace";
 *
 * const response = await fetch("traces/bash.perf.txt.gz");
 * const source = traceBytes(new Uint8Array(await response.arrayBuffer()));
 * const { fidelity } = await replay(source, { cpus: 2 });
 * ```
 */

export type { OutsideFigures } from "./replay/balance.js";
export type { ContentsFigures } from "./replay/contents.js";
export type { Leaks, MemoryPeaks } from "./replay/engine-machine.js";
export type { FidelityFigures, HugeFigures, WorstSample } from "./replay/fidelity.js";
export type { FirstDifference } from "./replay/first-difference.js";
export type { MachineStats } from "./replay/machine.js";
export type { ReplayOptions, ReplayProgress, ReplayReport } from "./replay/replay.js";
export { type Replayed, type ReplaySettings, replay } from "./replay/run.js";
