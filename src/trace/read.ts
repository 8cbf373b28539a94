/** Reads a whole trace: source, unpacking, parsing, one visitor. */

import { type Abortable, mustGoOn, orAborted, signalOf } from "../text/abort.js";
import { callable, optionsOf } from "../text/arguments.js";
import type { TraceVisitor } from "./event.js";
import { TraceParser } from "./parser.js";
import { isPerfData, readPerfData } from "./perf/read.js";
import { mustBeSource, plainChunks, type TraceSource } from "./source.js";

/** The options of `readTrace`. */
export interface ReadTraceOptions {
  /** Ends the reading, also while it waits for bytes: it rejects with the signal's reason. */
  readonly signal?: Abortable;
  /** Called after each stretch of parsing: when the visitor asked for a stop, and at a chunk's end. Reading waits for it. */
  readonly between?: () => void | Promise<void>;
  /** Called after each chunk. */
  readonly onChunk?: (figures: TraceFigures) => void;
}

/** The figures of reading a trace. */
export interface TraceFigures {
  readonly lines: number;
  readonly events: number;
  /** Seconds spent parsing and in the visitor, without waits for input and without stops. */
  readonly parseSeconds: number;
}

/**
 * Reads `source` to its end and calls `visitor` for each event, in constant memory. Throws InputError (file, line,
 * column, what it expected) for input that is not a trace, and UsageError for arguments that make no sense.
 */
export async function readTrace(
  source: TraceSource,
  visitor: TraceVisitor,
  options?: ReadTraceOptions,
): Promise<TraceFigures> {
  mustBeSource("readTrace", source);
  callable("readTrace: event of the visitor", (visitor as TraceVisitor | null | undefined)?.event);
  const given: ReadTraceOptions = optionsOf("readTrace", options, ["signal", "between", "onChunk"]);
  const signal = signalOf("readTrace", given.signal);
  mustGoOn(signal);
  const chunks = inTime(plainChunks(source), signal);
  const first = await chunks.next();
  const all = (async function* () {
    if (!first.done) yield first.value;
    yield* chunks;
  })();
  return isPerfData(first.value ?? new Uint8Array(0))
    ? readBinary(source, all, visitor, given)
    : readText(source.name, all, visitor, given);
}

/** The same chunks, until the signal is aborted: a source may wait for ever for its next bytes. */
async function* inTime(
  chunks: AsyncGenerator<Uint8Array>,
  signal: Abortable | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const next = await orAborted(signal, chunks.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // A source that waits for bytes ends when they come. Nobody waits for that.
    const ended = chunks.return(undefined);
    if (!signal?.aborted) await ended;
    else ended.catch(() => {});
  }
}

async function readText(
  name: string,
  chunks: AsyncGenerator<Uint8Array>,
  visitor: TraceVisitor,
  options: ReadTraceOptions,
): Promise<TraceFigures> {
  const parser = new TraceParser(name, visitor);
  let milliseconds = 0;
  const figures = () => ({ lines: parser.lines, events: parser.events, parseSeconds: milliseconds / 1000 });
  for await (const chunk of chunks) {
    mustGoOn(options.signal);
    let at = 0;
    while (at < chunk.length) {
      const start = performance.now();
      const next = parser.feed(chunk, at);
      milliseconds += performance.now() - start;
      at = next;
      const pause = options.between?.();
      if (pause !== undefined) await pause;
    }
    options.onChunk?.(figures());
  }
  parser.finish();
  return figures();
}

/** A binary recording: its "lines" are its events. */
async function readBinary(
  source: TraceSource,
  chunks: AsyncGenerator<Uint8Array>,
  visitor: TraceVisitor,
  options: ReadTraceOptions,
): Promise<TraceFigures> {
  let parse = 0;
  const figures = (events: number) => ({ lines: events, events, parseSeconds: parse / 1000 });
  const { name, random = async () => undefined, tookBytes } = source;
  const onRead = tookBytes?.bind(source);
  const input = { name, chunks, random, ...(onRead && { onRead }) };
  const events = await readPerfData(input, visitor, async ({ events, more, milliseconds }) => {
    mustGoOn(options.signal);
    parse += milliseconds;
    const pause = options.between?.();
    if (pause !== undefined) await pause;
    if (!more) options.onChunk?.(figures(events));
  });
  return figures(events);
}
