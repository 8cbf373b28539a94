/**
 * A replay as a trace of events in the JSON form that Perfetto and Chrome's tracing read: a track for each CPU and for each
 * process, faults as slices, counters by time.
 */

import type { ProcessFigures, RecorderFigures } from "../replay/index.js";
import { COUNTERS, STRIDE } from "../replay/recorder/lane.js";
import { FAULT_FETCH, FAULT_PRESENT, FAULT_WRITE } from "../trace/event.js";

/** The process of the trace that has the CPUs' tracks, and the one with the counters of all. Linux uses no such numbers. */
const CPUS = 2 ** 30;
const WHOLE = CPUS + 1;
const PAGE = 4096;
/** Events in one piece of text. */
const PIECE = 2000;

/** One event of the trace. Times are microseconds. */
interface TraceEvent {
  readonly ph: "X" | "C" | "M" | "i";
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly name: string;
  readonly cat?: string;
  readonly s?: "g";
  readonly args?: Readonly<Record<string, string | number>>;
}

/** The trace, piece by piece. The recorder must have kept the faults. */
export function* chromeTrace(recorded: RecorderFigures, name: string): Generator<string> {
  yield '{"displayTimeUnit":"ns","traceEvents":[\n';
  let piece: string[] = [];
  let first = true;
  for (const event of events(recorded)) {
    piece.push(JSON.stringify(event));
    if (piece.length < PIECE) continue;
    yield `${first ? "" : ",\n"}${piece.join(",\n")}`;
    first = false;
    piece = [];
  }
  if (piece.length > 0) yield `${first ? "" : ",\n"}${piece.join(",\n")}`;
  yield `\n],"otherData":${JSON.stringify({ recording: name, tool: "rmap replay" })}}\n`;
}

function* events(recorded: RecorderFigures): Generator<TraceEvent> {
  const { processes, moments } = recorded;
  yield { ph: "M", pid: CPUS, name: "process_name", args: { name: "CPUs" } };
  yield { ph: "M", pid: WHOLE, name: "process_name", args: { name: "all processes" } };
  for (const process of processes) yield* processEvents(process, recorded.seconds);
  for (const process of processes) yield* laneEvents(process, recorded);
  for (const { seconds, mappedPages, framePages } of recorded.sharing)
    yield counter(WHOLE, "anonymous memory (KiB)", seconds, {
      mapped: (mappedPages * PAGE) / 1024,
      "in frames": (framePages * PAGE) / 1024,
    });
  for (const { seconds, frames, scanned, reclaimed, swapOut, swapIn } of recorded.pressure) {
    yield counter(WHOLE, "frames in use (KiB)", seconds, { frames: (frames * PAGE) / 1024 });
    if (scanned > 0)
      yield counter(WHOLE, "reclaim (pages)", seconds, { scanned, freed: reclaimed, swapOut, swapIn });
  }
  for (const { kinds, seconds } of moments)
    yield { ph: "i", pid: WHOLE, tid: 0, ts: seconds * 1e6, s: "g", name: kinds.join(", "), cat: "moment" };
  yield* faultEvents(recorded);
}

/** A process: its name, which the last exec gives, and a slice for its life. Its number may come again. */
function* processEvents(
  { pid, comm, began, startSeconds, endSeconds, id }: ProcessFigures,
  whole: number,
): Generator<TraceEvent> {
  yield { ph: "M", pid, name: "process_name", args: { name: comm } };
  yield { ph: "M", pid, tid: 0, name: "thread_name", args: { name: "life" } };
  yield {
    ...{ ph: "X", pid, tid: 0, name: comm, cat: "life" },
    ...{ ts: startSeconds * 1e6, dur: ((endSeconds ?? whole) - startSeconds) * 1e6 },
    args: { began, id },
  };
}

/** A process's memory and faults by time, as counters. */
function* laneEvents(
  { id, pid }: ProcessFigures,
  { lanes, binSeconds }: RecorderFigures,
): Generator<TraceEvent> {
  const rows = lanes[id] ?? new Int32Array(0);
  for (let at = 0; at < rows.length; at += STRIDE) {
    const seconds = (rows[at] as number) * binSeconds;
    const [anon, cow, file, zero] = rows.subarray(at + 1, at + 5);
    const faults = {
      anonymous: anon ?? 0,
      "copy-on-write": cow ?? 0,
      file: file ?? 0,
      "zero page": zero ?? 0,
    };
    yield counter(pid, "faults", seconds, faults);
    const [engine, kernel] = rows.subarray(at + 1 + COUNTERS.length, at + STRIDE);
    const counted = kernel === undefined || kernel < 0 ? {} : { kernel: (kernel * PAGE) / 1024 };
    yield counter(pid, "anonymous memory (KiB)", seconds, {
      engine: ((engine ?? 0) * PAGE) / 1024,
      ...counted,
    });
  }
}

function counter(
  pid: number,
  name: string,
  seconds: number,
  args: Readonly<Record<string, number>>,
): TraceEvent {
  return { ph: "C", pid, ts: seconds * 1e6, name, args };
}

/** Each fault twice: on its CPU's track, and on that of its thread. */
function* faultEvents({ faults, processes }: RecorderFigures): Generator<TraceEvent> {
  if (faults === undefined) return;
  const { times, lengths, addresses, cpus, places, threads, codes } = faults;
  for (const cpu of [...new Set(cpus)].sort((a, b) => a - b))
    yield { ph: "M", pid: CPUS, tid: cpu, name: "thread_name", args: { name: `CPU ${cpu}` } };
  for (let at = 0; at < times.length; at++) {
    const process = processes[places[at] as number];
    const slice = {
      ...({ ph: "X", cat: "fault", name: faultName(codes[at] as number) } as const),
      ...{ ts: (times[at] as number) / 1000, dur: (lengths[at] as number) / 1000 },
    };
    const address = `0x${(addresses[at] as number).toString(16)}`;
    const comm = process?.comm ?? "?";
    yield {
      ...slice,
      pid: CPUS,
      tid: cpus[at] as number,
      args: { address, comm, thread: threads[at] as number },
    };
    if (process !== undefined)
      yield { ...slice, pid: process.pid, tid: threads[at] as number, args: { address } };
  }
}

/** What the recording says of a fault. */
function faultName(code: number): string {
  if ((code & FAULT_FETCH) !== 0) return "fetch of an absent page";
  if ((code & FAULT_WRITE) === 0) return "read of an absent page";
  return (code & FAULT_PRESENT) === 0 ? "write to an absent page" : "write to a read-only page";
}
