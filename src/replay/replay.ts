/** Replays a trace on a machine: parse, schedule, run in windows, compare. */

import type { TraceVisitor } from "../trace/event.js";
import { readTrace, type TraceSource } from "../trace/index.js";
import type { ContentsFigures } from "./contents.js";
import { Fidelity, type FidelityFigures } from "./fidelity.js";
import type { MachineStats, ReplayMachine } from "./machine.js";
import { Program } from "./program.js";
import { Schedule } from "./schedule.js";
import { tally } from "./tally.js";

/** How far a replay has come. */
export interface ReplayProgress {
  readonly lines: number;
  readonly events: number;
  readonly operations: number;
  /** Seconds since the replay began. */
  readonly seconds: number;
  /** Bytes of the source read so far and in all, where that is known. */
  readonly readBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

/** What a replay may be told. */
export interface ReplayOptions {
  /** Called after each chunk of input and each window. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /**
   * Called when the machine says that it ran out of memory at an operation, once its window has run; what is thrown here
   * ends the replay. Without it the replay goes on, and its figures say little.
   */
  readonly onNoMemory?: (access: { readonly line: number; readonly operation: string }) => void;
}

/** What a replay came to: plain data. Reclaim, memory, leaks and invariants are the machine's own to add. */
export interface ReplayReport {
  readonly cpus: number;
  readonly lines: number;
  readonly events: number;
  /** Operations executed, without waits and hashes. */
  readonly ops: number;
  /** Wait records that kept the order between CPUs. */
  readonly waits: number;
  readonly windows: number;
  readonly forks: number;
  readonly execs: number;
  /** `total`: page faults of the trace that were replayed; the rest by what the machine did about them. */
  readonly faults: { readonly total: number } & MachineStats;
  /** Seconds in which the machine ran. */
  readonly seconds: number;
  readonly faultsPerSecond: number;
  /** Seconds that reading lines and making operations of them took. */
  readonly parseSeconds: number;
  readonly fidelity: FidelityFigures;
  readonly contents: ContentsFigures;
  /** Events that were left out, by name, the most frequent ones; `unmapped`: faults where the trace shows no mapping. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Names that `skipped` does not show, and how many events had them. */
  readonly skippedMore: { readonly names: number; readonly events: number };
  /** Operations that the machine refused, by name and result. */
  readonly failed: Readonly<Record<string, number>>;
}

/**
 * Replays `source` on `machine`, from its first event to its last; address spaces that still live are ended, so that
 * the machine is empty afterwards. Throws InputError for input that is no trace, RmapError (ESPACES) when the machine
 * has too few slots, and what `machine.run` rejects with.
 */
export async function replayTrace(
  source: TraceSource,
  machine: ReplayMachine,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const began = performance.now();
  const before = machine.stats();
  const fidelity = new Fidelity(machine.codes, machine.spaces);
  const schedule = new Schedule(machine, fidelity);
  const program = new Program(machine, schedule, fidelity);
  let milliseconds = 0;
  let windows = 0;

  const run = async (): Promise<void> => {
    if (schedule.pending === 0) return;
    const start = performance.now();
    await schedule.run();
    milliseconds += performance.now() - start;
    windows++;
    if (fidelity.lacking) options.onNoMemory?.(fidelity.lacking);
  };
  const visitor: TraceVisitor = {
    event(event) {
      fidelity.line = event.line;
      return program.event(event);
    },
  };
  const figures = await readTrace(source, visitor, {
    between: () => (schedule.full ? run() : undefined),
    onChunk: ({ lines, events }) =>
      options.onProgress?.({
        lines,
        events,
        operations: schedule.operations,
        seconds: (performance.now() - began) / 1000,
        readBytes: source.readBytes?.(),
        totalBytes: source.totalBytes,
      }),
  });
  while (!program.finish()) await run();
  await run();
  // Samples after the last operation of a window that had nothing to run.
  fidelity.settle(machine);

  const { faults: total, forks, execs, skipped } = program.figures();
  const after = machine.stats();
  const seconds = milliseconds / 1000;
  const left = new Map(skipped);
  const unmapped = (left.get("unmapped") ?? 0) + fidelity.unmapped;
  if (unmapped > 0) left.set("unmapped", unmapped);
  const { shown, more } = tally(left);
  return {
    cpus: machine.cpus,
    lines: figures.lines,
    events: figures.events,
    ops: schedule.operations,
    waits: schedule.waits,
    windows,
    forks,
    execs,
    faults: {
      total,
      anon: after.anon - before.anon,
      cow: after.cow - before.cow,
      file: after.file - before.file,
      zero: after.zero - before.zero,
    },
    seconds,
    faultsPerSecond: seconds > 0 ? total / seconds : 0,
    parseSeconds: figures.parseSeconds,
    fidelity: fidelity.figures(),
    contents: fidelity.contents.figures(),
    skipped: shown,
    skippedMore: more,
    failed: Object.fromEntries([...fidelity.failed].sort()),
  };
}
