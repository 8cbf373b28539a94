/** The report of a replay: collects the figures of the replay and of the machine. */

import type { Engine } from "../engine/engine.js";
import type { EngineReplayMachine, Leaks, MemoryPeaks } from "../replay/engine-machine.js";
import type { FirstDifference } from "../replay/first-difference.js";
import type {
  MoreProcesses,
  ProcessFigures,
  RecorderFigures,
  ReplayReport,
  WorstSample,
} from "../replay/index.js";
import {
  type Looks,
  type MomentSummary,
  type RecordingSummary,
  recordingSummary,
  type Sharing,
} from "./recording.js";

/** The JSON form of a replay's report; schemas/replay.json describes it. */
export interface ReplayResult {
  readonly schema: "rmap.replay/1";
  /** The variant that it ran in, when it was not the engine as it is. */
  readonly variant?: string;
  readonly cpus: number;
  readonly lines: number;
  readonly events: number;
  readonly ops: number;
  readonly waits: number;
  readonly forks: number;
  /** Processes that began in their parent's address space. */
  readonly vforks: number;
  readonly execs: number;
  /** Events that perf lost while it recorded. */
  readonly lost: { readonly events: number };
  readonly faults: {
    readonly total: number;
    readonly anon: number;
    readonly cow: number;
    readonly file: number;
    readonly zero: number;
  };
  readonly seconds: number;
  readonly faultsPerSecond: number;
  readonly parseSeconds: number;
  readonly fidelity: {
    readonly samples: number;
    readonly exact: number;
    readonly within1: number;
    readonly maxDiffPages: number;
    readonly worst: readonly WorstSample[];
    /** The first sample that differs, with its line and the cause; null when none does. */
    readonly first: FirstDifference | null;
  };
  /** Samples that no event of the program explains, by cause; they are not compared. */
  readonly outside: {
    readonly samples: number;
    readonly pages: number;
    readonly causes: Readonly<Record<string, number>>;
  };
  /** Faults that mapped a huge page, and its pages of 4 KiB; their own samples are not compared. */
  readonly huge: { readonly faults: number; readonly pages: number };
  /** Seconds from the recording's first event to its last. */
  readonly recordedSeconds: number;
  /** What each process did; those with most faults, in the order in which they began. `processesMore`: the others. */
  readonly processes: readonly ProcessFigures[];
  readonly processesMore: MoreProcesses;
  readonly sharing: Sharing;
  /** The looks at the memory, the best of them, and what no moment exceeds. */
  readonly looks: Looks;
  /** The moments worth a look. */
  readonly moments: readonly MomentSummary[];
  /** Ended address spaces, and a hash of their final memory contents. */
  readonly contents: { readonly spaces: number; readonly hash: string };
  readonly rmap: {
    readonly anonVmas: number;
    readonly anonVmaChains: number;
    readonly walks: number;
    readonly meanPtesPerWalk: number;
  };
  readonly reclaim: {
    readonly scanned: number;
    /** Freed pages: by CPUs that needed frames (`direct`), and by kswapd. */
    readonly reclaimed: number;
    readonly direct: number;
    readonly kswapd: number;
    readonly swapOut: number;
    readonly swapIn: number;
  };
  readonly memory: { readonly limitBytes: number } & MemoryPeaks;
  readonly leaks: Leaks;
  readonly invariants: { readonly checks: number; readonly violations: number };
  /** The most frequent ones; `skippedMore` counts the other names and their events. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly skippedMore: { readonly names: number; readonly events: number };
  readonly failed: Readonly<Record<string, number>>;
}

/**
 * Completes a replay's report with the machine's figures: reverse map, memory, leaks, checks. Removes everything that
 * the replay left. `recorded` is what a recorder saw. The engine must be quiescent. Throws EngineCrashError when an invariant does not hold.
 */
export function replayResult(
  report: ReplayReport,
  engine: Engine,
  machine: EngineReplayMachine,
  checked: boolean,
  recorded: RecorderFigures,
): ReplayResult {
  if (checked) engine.check();
  const leaks = machine.leaks();
  const stats = engine.stats();
  const walks = stats.walks;
  const reclaimed = stats.reclaimed;
  const { windows: _, skipped, skippedMore, failed, ...figures } = report;
  const peaks = machine.peaks();
  const recording: RecordingSummary = recordingSummary(recorded, peaks.peakFrameBytes / engine.pageSize);
  return {
    schema: "rmap.replay/1",
    ...figures,
    ...recording,
    rmap: {
      anonVmas: stats.anonVmaMade,
      anonVmaChains: stats.chainMade,
      walks,
      meanPtesPerWalk: walks > 0 ? stats.walkFound / walks : 0,
    },
    reclaim: {
      scanned: stats.scanned,
      reclaimed,
      direct: reclaimed - engine.kswapdReclaimed,
      kswapd: engine.kswapdReclaimed,
      swapOut: stats.swapOut,
      swapIn: stats.swapIn,
    },
    memory: { limitBytes: engine.memory.frameBytes, ...peaks },
    leaks,
    invariants: { checks: checked ? stats.checks : 0, violations: 0 },
    skipped,
    skippedMore,
    failed,
  };
}

/** True when something leaked. */
export function hasLeaks(leaks: Leaks): boolean {
  return Object.values(leaks).some((count) => count !== 0);
}
