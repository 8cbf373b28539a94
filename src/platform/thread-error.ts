/** Errors that cross from a thread to the one that waits for it: a class does not survive a message. */

import {
  EngineCrashError,
  EnvironmentError,
  type ExitCode,
  RmapError,
  UsageError,
  WatchdogError,
} from "../errors.js";

/** An RmapError, or another one, without its class. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
}

/** The code of an error that is no RmapError: a mistake of ours. Its message is its stack. */
const INTERNAL = "EINTERNAL";

/** Takes an error apart, for a message. */
export function plainError(error: unknown): PlainError {
  if (error instanceof RmapError) {
    const { code, message, hint, exitCode } = error;
    return { code, message, hint, exitCode };
  }
  const { stack, message } = error as Error;
  return { code: INTERNAL, message: stack ?? message ?? String(error), hint: "", exitCode: 1 };
}

/** Makes the error again. It has the classes by which callers tell errors apart. */
export function revivedError({ code, message, hint, exitCode }: PlainError): Error {
  if (code === INTERNAL) return Object.assign(new Error(), { message, stack: message });
  if (code === "EUSAGE") return new UsageError(message, hint);
  if (code === "EENVIRONMENT") return new EnvironmentError(message, hint);
  if (code === "EWATCHDOG") return new WatchdogError(message, hint);
  if (code === "ECRASH") return new EngineCrashError(message, hint);
  return new RmapError(code, message, hint, exitCode);
}
