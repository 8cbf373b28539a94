/**
 * A replay as a trace of events in the JSON form that Perfetto and Chrome's tracing read: a track for each CPU and for each
 * process, faults as slices, counters by time.
 */

import { PAGE_BYTES } from "../ops/operation.js";
import type { ProcessFigures, RecorderFigures } from "../replay/index.js";
import { COUNTERS, STRIDE } from "../replay/recorder/lanes.js";
import { FAULT_FETCH, FAULT_PRESENT, FAULT_WRITE } from "../trace/event.js";

/** The process of the trace that has the CPUs' tracks, and the one with the counters of all. Linux uses no such numbers. */
const CPUS = 2 ** 30;
const WHOLE = CPUS + 1;
/** Microseconds at which the recording begins. Perfetto of 2022 does not see the value of a counter at 0, and fails to draw it. */
const BEGIN = 1;
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
  const ids = new Map<number, number[]>();
  for (const { id, pid } of processes) ids.set(pid, [...(ids.get(pid) ?? []), id]);
  for (const [pid, all] of ids) yield* laneEvents(pid, all, recorded);
  for (const { seconds, mappedPages, framePages } of latest(recorded.sharing))
    yield counter(WHOLE, "anonymous memory (KiB)", seconds, {
      mapped: (mappedPages * PAGE_BYTES) / 1024,
      "in frames": (framePages * PAGE_BYTES) / 1024,
    });
  for (const { seconds, frames, scanned, reclaimed, swapOut, swapIn } of latest(recorded.pressure)) {
    yield counter(WHOLE, "frames in use (KiB)", seconds, { frames: (frames * PAGE_BYTES) / 1024 });
    if (scanned > 0)
      yield counter(WHOLE, "reclaim (pages)", seconds, { scanned, freed: reclaimed, swapOut, swapIn });
  }
  for (const { kinds, seconds } of moments)
    yield { ph: "i", pid: WHOLE, tid: 0, ts: micros(seconds), s: "g", name: kinds.join(", "), cat: "moment" };
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
    ...{ ts: micros(startSeconds), dur: ((endSeconds ?? whole) - startSeconds) * 1e6 },
    args: { began, id },
  };
}

/** The memory and faults of the processes with a number by time, as counters. */
function* laneEvents(
  pid: number,
  ids: readonly number[],
  { lanes, binSeconds }: RecorderFigures,
): Generator<TraceEvent> {
  for (const row of joined(ids.map((id) => lanes[id] ?? new Int32Array(0)))) {
    const seconds = (row[0] as number) * binSeconds;
    const [anon = 0, cow = 0, file = 0, zero = 0] = row.subarray(1);
    const faults = { anonymous: anon, "copy-on-write": cow, file, "zero page": zero };
    yield counter(pid, "faults", seconds, faults);
    const [engine = 0, kernel = -1] = row.subarray(1 + COUNTERS.length);
    const counted = kernel < 0 ? {} : { kernel: (kernel * PAGE_BYTES) / 1024 };
    yield counter(pid, "anonymous memory (KiB)", seconds, {
      engine: (engine * PAGE_BYTES) / 1024,
      ...counted,
    });
  }
}

/**
 * The rows of the processes with one number, by time. An exec begins another process with the same number, whose counters are the
 * same tracks: two rows of one time become one, so that no track has two values at one time.
 */
function joined(lanes: readonly Int32Array[]): Int32Array[] {
  const byBin = new Map<number, Int32Array>();
  for (const rows of lanes) {
    for (let at = 0; at < rows.length; at += STRIDE) {
      const row = rows.slice(at, at + STRIDE);
      const before = byBin.get(row[0] as number);
      for (let field = 1; before !== undefined && field <= COUNTERS.length; field++)
        row[field] = (row[field] as number) + (before[field] as number);
      byBin.set(row[0] as number, row);
    }
  }
  return [...byBin].sort(([one], [other]) => one - other).map(([, row]) => row);
}

/** The points without those that another one of the same time follows. */
function latest<Point extends { readonly seconds: number }>(points: readonly Point[]): readonly Point[] {
  return points.filter(({ seconds }, at) => points[at + 1]?.seconds !== seconds);
}

/** Microseconds of which a reader that multiplies and truncates makes the same nanoseconds: no slice may end behind the next one's start. */
function ofNanoseconds(nanoseconds: number): number {
  const micros = nanoseconds / 1000;
  return Math.trunc(micros * 1000) < nanoseconds ? (nanoseconds + 0.25) / 1000 : micros;
}

/** A time of the trace. */
function micros(seconds: number): number {
  return BEGIN + seconds * 1e6;
}

function counter(
  pid: number,
  name: string,
  seconds: number,
  args: Readonly<Record<string, number>>,
): TraceEvent {
  return { ph: "C", pid, ts: micros(seconds), name, args };
}

/** Each fault twice: on its CPU's track, and on that of its thread. */
function* faultEvents({ faults, processes }: RecorderFigures): Generator<TraceEvent> {
  if (faults === undefined) return;
  const { times, lengths, addresses, cpus, places, threads, codes } = faults;
  for (const cpu of [...new Set(cpus)].sort((a, b) => a - b))
    yield { ph: "M", pid: CPUS, tid: cpu, name: "thread_name", args: { name: `CPU ${cpu}` } };
  for (let fault = 0; fault < times.length; fault++) {
    const process = processes[places[fault] as number];
    const slice = {
      ...({ ph: "X", cat: "fault", name: faultName(codes[fault] as number) } as const),
      ...{
        ts: ofNanoseconds(BEGIN * 1000 + (times[fault] as number)),
        dur: ofNanoseconds(lengths[fault] as number),
      },
    };
    const address = `0x${(addresses[fault] as number).toString(16)}`;
    const comm = process?.comm ?? "?";
    yield {
      ...slice,
      pid: CPUS,
      tid: cpus[fault] as number,
      args: { address, comm, thread: threads[fault] as number },
    };
    if (process !== undefined)
      yield { ...slice, pid: process.pid, tid: threads[fault] as number, args: { address } };
  }
}

/** What the recording says of a fault. */
function faultName(code: number): string {
  if ((code & FAULT_FETCH) !== 0) return "fetch of an absent page";
  if ((code & FAULT_WRITE) === 0) return "read of an absent page";
  return (code & FAULT_PRESENT) === 0 ? "write to an absent page" : "write to a read-only page";
}
