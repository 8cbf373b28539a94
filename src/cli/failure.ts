/** How we print a failure: `rmap: what is wrong`, then `hint: what to do`, and the exit code. */
import { RmapError } from "../errors.js";
import { fitted, paintFor, ReaderGone } from "./terminal.js";

/** Prints an error on stderr; returns the exit code for it. */
export function reportFailure(error: unknown): number {
  if (error instanceof ReaderGone) return 0;
  const paint = paintFor(process.stderr);
  if (error instanceof RmapError) {
    process.stderr.write(`${fitted(`${paint("red", "rmap:")} ${error.message}`, process.stderr)}\n`);
    if (error.hint)
      process.stderr.write(`${fitted(`${paint("cyan", "hint:")} ${error.hint}`, process.stderr)}\n`);
    return error.exitCode;
  }
  // Not one of our errors, so a bug in this program. Its authors need the stack.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${paint("red", "rmap:")} unexpected failure: ${text}\n`);
  process.stderr.write(`${paint("cyan", "hint:")} please report this, with the command that you ran\n`);
  return 1;
}
