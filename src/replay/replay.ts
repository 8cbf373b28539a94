/** Replays a trace on a machine: parse, schedule, run in windows, compare. */

import { type Abortable, mustGoOn } from "../text/abort.js";
import type { TraceVisitor } from "../trace/event.js";
import { readTrace, type TraceSource } from "../trace/index.js";
import type { OutsideFigures } from "./balance.js";
import type { ContentsFigures } from "./contents.js";
import { Fidelity, type FidelityFigures, type HugeFigures } from "./fidelity.js";
import type { MachineStats, ReplayMachine } from "./machine.js";
import { Program } from "./program.js";
import type { Recorder } from "./recorder/recorder.js";
import { Schedule } from "./schedule.js";
import { tally } from "./tally.js";

/** The progress of a replay. */
export interface ReplayProgress {
  readonly lines: number;
  readonly events: number;
  readonly operations: number;
  /** Seconds since the replay began. */
  readonly seconds: number;
  /** Bytes of the source: read so far, and in total where that is known. */
  readonly readBytes: number | undefined;
  readonly totalBytes: number | undefined;
}

/** The options of a replay. */
export interface ReplayOptions {
  /** Ends the replay between two windows, or while it waits for input: it rejects with the signal's reason. */
  readonly signal?: Abortable;
  /** Called after each chunk of input and each window. */
  readonly onProgress?: (progress: ReplayProgress) => void;
  /**
   * Called after a window in which the machine ran out of memory at an operation. Throw here to end the replay.
   * Without this function the replay continues, but its figures mean little.
   */
  readonly onNoMemory?: (access: { readonly line: number; readonly operation: string }) => void;
  /** Records what the program does, by time and process. Without one the replay does nothing for it. @internal */
  readonly recorder?: Recorder;
}

/** The result of a replay: plain data. The machine adds reclaim, memory, leaks and invariants. */
export interface ReplayReport {
  readonly cpus: number;
  readonly lines: number;
  readonly events: number;
  /** Operations executed, without waits and hashes. */
  readonly ops: number;
  /** Wait records, which keep the order between CPUs. */
  readonly waits: number;
  readonly windows: number;
  readonly forks: number;
  /** Processes that began in their parent's address space. */
  readonly vforks: number;
  readonly execs: number;
  /** Events that perf lost while it recorded: what they would have shown is missing. */
  readonly lost: { readonly events: number };
  /** `total`: replayed page faults of the trace. The others: by what the machine did. */
  readonly faults: { readonly total: number } & MachineStats;
  /** Seconds of running the machine. */
  readonly seconds: number;
  readonly faultsPerSecond: number;
  /** Seconds of reading lines and turning them into operations. */
  readonly parseSeconds: number;
  readonly fidelity: FidelityFigures;
  /** Samples that no event of the program explains. */
  readonly outside: OutsideFigures;
  readonly huge: HugeFigures;
  readonly contents: ContentsFigures;
  /** The most frequent skipped events, by name. `unmapped`: faults where the trace shows no mapping. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The number of names that are not in `skipped`, and the number of their events. */
  readonly skippedMore: { readonly names: number; readonly events: number };
  /** Failed operations, by name and result. */
  readonly failed: Readonly<Record<string, number>>;
}

/**
 * Replays `source` on `machine`, from its first event to its last. Ends the remaining address spaces, so that the
 * machine is empty afterwards. Throws InputError for input that is not a trace or not a whole one, RmapError (ESPACES) when the machine
 * has too few slots, and the errors of `machine.run`.
 */
export async function replayTrace(
  source: TraceSource,
  machine: ReplayMachine,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const began = performance.now();
  const before = machine.stats();
  const { recorder } = options;
  const fidelity = new Fidelity(machine.codes, machine.spaces);
  const schedule = new Schedule(machine, fidelity, recorder);
  const program = new Program(machine, schedule, fidelity, recorder);
  let milliseconds = 0;
  let windows = 0;

  const run = async (last = false): Promise<void> => {
    mustGoOn(options.signal);
    if (schedule.pending > 0) {
      const start = performance.now();
      await schedule.run();
      milliseconds += performance.now() - start;
      windows++;
    }
    recorder?.rest(() => program.names(), last);
    if (fidelity.lacking) options.onNoMemory?.(fidelity.lacking);
  };
  const visitor: TraceVisitor = {
    event(event) {
      fidelity.line = event.line;
      return program.event(event);
    },
  };
  const figures = await readTrace(source, visitor, {
    ...(options.signal && { signal: options.signal }),
    between: () => (schedule.full ? run() : undefined),
    onChunk: ({ lines, events }) => {
      mustGoOn(options.signal);
      options.onProgress?.({
        lines,
        events,
        operations: schedule.operations,
        seconds: (performance.now() - began) / 1000,
        readBytes: source.readBytes?.(),
        totalBytes: source.totalBytes,
      });
    },
  });
  if (recorder !== undefined) {
    // What lives now is what the recording ends with.
    await run(true);
    recorder.close();
  }
  while (!program.finish()) await run();
  await run();
  // Samples that came after the last operation, in a window without operations.
  fidelity.settle(machine);
  recorder?.settle();
  program.checkWhole(source.name, figures.lines, fidelity.unmapped);

  const { faults: total, forks, vforks, execs, lost, skipped } = program.figures();
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
    vforks,
    execs,
    lost: { events: lost },
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
    outside: fidelity.outside(),
    huge: fidelity.huge(),
    contents: fidelity.contents.figures(),
    skipped: shown,
    skippedMore: more,
    failed: Object.fromEntries([...fidelity.failed].sort()),
  };
}
