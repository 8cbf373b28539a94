/** What a lane gets to do. */

import type { ModelName } from "../explore/models.js";
import type { Scenario } from "../scenario/race.js";
import type { KernelCase } from "./kernel-answers.js";

/** Plain data, and compiled modules. */
export interface LaneTask {
  readonly checked: WebAssembly.Module;
  readonly model: WebAssembly.Module;
  readonly monitor: WebAssembly.Module;
  /** The engine as it is, where the modules are those of a folder: what it shows too is not the folder's. */
  readonly mainline?: { readonly checked: WebAssembly.Module; readonly model: WebAssembly.Module };
  readonly seed: number;
  /** Number of this lane, of so many. */
  readonly lane: number;
  readonly lanes: number;
  /** Seconds in all, and of these for sequential programs, for meetings and for known races. */
  readonly seconds: number;
  /** How many threads share the program's processor time: the seconds are a thread's share of that. Default: of the clock. */
  readonly processor?: number;
  readonly share: { readonly programs: number; readonly meetings: number; readonly catalogue: number };
  /** The most made-up programs and races of this lane, besides. */
  readonly most?: { readonly programs: number; readonly races: number };
  /** Weak memory models in which races are explored besides. */
  readonly models?: readonly ModelName[];
  readonly answers: readonly KernelCase[];
  readonly meetings: readonly Scenario[];
  readonly catalogue: readonly Scenario[];
  /** What the lane is at: for others, when it hangs. */
  readonly diary: SharedArrayBuffer;
  /** Not 0 when another lane has found something: then the lane ends with what it has. */
  readonly stop: Int32Array;
}
