/** The terminal: the result goes to stdout, everything else to stderr, and colour only where someone looks. */
import { styleText } from "node:util";
import { wrap } from "../report/wrap.js";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Colours a piece of text, or leaves it. */
export type Paint = (style: Style, text: string) => string;

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

/** Writes a result. Resolves when it is handed over; a reader that has gone away ends the program quietly. */
export function writeResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Ends the program quietly when the reader of stdout or stderr goes away (`rmap … | head`). */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
}
