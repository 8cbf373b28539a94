/** The terminal: the result goes to stdout, everything else to stderr, and colour only where someone looks. */
import { styleText } from "node:util";
import { OutputError, systemReason } from "../errors.js";
import type { Paint } from "../text/paint.js";
import { wrap } from "../text/wrap.js";

/** True when a stream is a terminal that wants colour (NO_COLOR, FORCE_COLOR and TERM=dumb are heeded). */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0";
  return stream.isTTY === true && TERM !== "dumb";
}

/** The paint for a stream. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  if (!wantsColour(stream)) return (_style, text) => text;
  return (style, text) => styleText(style, text);
}

/** A text as wide as a terminal, where the stream is one; as it is where it goes to a file or a pipe. Not for JSON. */
export function fitted(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.columns > 0 ? wrap(text, stream.columns) : text;
}

/** The reader of stdout has gone away (`rmap … | head`): no error, but the end of the program. */
export class ReaderGone extends Error {}

/** Writes a result. Resolves when it is handed over; throws OutputError, or ReaderGone when nobody reads it any more. */
export function writeResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
      if (!error) return resolve();
      const { code } = error as NodeJS.ErrnoException;
      reject(
        code === "EPIPE" ? new ReaderGone() : new OutputError("the result (stdout)", systemReason(error)),
      );
    });
  });
}

/** Keeps errors of stdout and stderr from ending the program: who writes a result learns of them, and no one can be told of stderr's. */
export function guardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
