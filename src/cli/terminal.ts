/** The terminal: the result goes to stdout, everything else to stderr. Colour goes only to a terminal. */
import { styleText } from "node:util";
import { OutputError, systemReason } from "../errors.js";
import type { Paint } from "../text/paint.js";
import { wrap } from "../text/wrap.js";

/** True when a stream is a terminal that wants colour. Respects NO_COLOR, FORCE_COLOR and TERM=dumb. */
function wantsColour(stream: NodeJS.WriteStream): boolean {
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

/** A text wrapped to the terminal's width. For a file or a pipe it stays as it is. Not for JSON. */
export function fitted(text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY && stream.columns > 0 ? wrap(text, stream.columns) : text;
}

/** The reader of stdout has gone away (`rmap … | head`). This is not an error; the program ends. */
export class ReaderGone extends Error {}

/**
 * Writes a result. Resolves when the stream has taken it. Throws OutputError, or ReaderGone when nobody reads it any
 * more.
 */
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

/**
 * Keeps errors of stdout and stderr from ending the program. The writer of a result gets the errors of stdout. We
 * cannot report those of stderr.
 */
export function guardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
