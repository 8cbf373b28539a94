/** Reads a whole trace: source, unpacking, parsing, one visitor. */

import { type Abortable, mustGoOn } from "../text/abort.js";
import type { TraceVisitor } from "./event.js";
import { TraceParser } from "./parser.js";
import { plainChunks, type TraceSource } from "./source.js";

/** The options of `readTrace`. */
export interface ReadTraceOptions {
  /** Ends the reading at the next chunk: it rejects with the signal's reason. */
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
 * column, what it expected) for input that is not a trace.
 */
export async function readTrace(
  source: TraceSource,
  visitor: TraceVisitor,
  options: ReadTraceOptions = {},
): Promise<TraceFigures> {
  const parser = new TraceParser(source.name, visitor);
  let milliseconds = 0;
  const figures = () => ({ lines: parser.lines, events: parser.events, parseSeconds: milliseconds / 1000 });
  for await (const chunk of plainChunks(source)) {
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
