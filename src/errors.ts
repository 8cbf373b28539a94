/** Errors that the library throws: each has a stable `code`, and a `hint` that says what to do next. */

/** Exit codes of the command line, by the kind of failure. */
export type ExitCode = 1 | 2 | 3 | 4 | 5 | 129 | 130 | 143;

/** Gives a class of errors its name, for messages and stacks: in a bundle the class itself may have another one. */
export function named(type: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, "name", { value: name, writable: true, configurable: true });
}

/** Base of every error that the library throws on purpose. */
export class RmapError extends Error {
  static {
    named(RmapError, "RmapError");
  }

  /** Stable, machine-readable name of the failure, such as `EINVARIANT`. */
  readonly code: string;
  /** What you can do about it, in one sentence; may be empty. */
  readonly hint: string;
  /** Exit code of the command line for this failure. */
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, hint = "", exitCode: ExitCode = 1) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}

/** Wrong usage: an option, an argument, or a call that makes no sense. Exit code 2. */
export class UsageError extends RmapError {
  static {
    named(UsageError, "UsageError");
  }

  constructor(message: string, hint = "") {
    super("EUSAGE", message, hint, 2);
  }
}

/** The environment lacks something. The message names it. Exit code 3. */
export class EnvironmentError extends RmapError {
  static {
    named(EnvironmentError, "EnvironmentError");
  }

  constructor(message: string, hint = "") {
    super("EENVIRONMENT", message, hint, 3);
  }
}

/** A wait took too long: there is a lock-up, or the machine is far too slow. Exit code 4. */
export class WatchdogError extends RmapError {
  static {
    named(WatchdogError, "WatchdogError");
  }

  constructor(message: string, hint = "") {
    super("EWATCHDOG", message, hint, 4);
  }
}

/** A place in an input: 1-based line and column. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An input is not readable. The message starts with `file:line:column:`. Exit code 5. */
export class InputError extends RmapError {
  static {
    named(InputError, "InputError");
  }

  readonly position: Position;

  constructor(position: Position, message: string, hint = "") {
    super("EINPUT", `${position.file}:${position.line}:${position.column}: ${message}`, hint, 5);
    this.position = position;
  }
}

/** A file is not writable. Exit code 5. */
export class OutputError extends RmapError {
  static {
    named(OutputError, "OutputError");
  }

  /** `why` completes the sentence "cannot write FILE: …". */
  constructor(file: string, why: string, hint = "") {
    super("EOUTPUT", `cannot write ${file}: ${why}`, hint, 5);
  }
}

/** True for an error that Node throws when the system, or one of its own libraries, refuses something. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error &&
    !(error instanceof RmapError) &&
    typeof (error as { readonly code?: unknown }).code === "string"
  );
}

/** Why the system refuses a file, in words. For an unknown code, the system's own message. */
export function systemReason(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const known = SYSTEM_REASONS[String(code)] ?? LACKING[String(code)];
  return known ?? String(message ?? error);
}

/**
 * The error for a failure because the process or the machine has run out of something; undefined for every other
 * failure. `what` begins the message, such as `cannot read x.ops`.
 */
export function lacking(what: string, error: unknown): EnvironmentError | undefined {
  const why = isSystemError(error) ? LACKING[error.code] : undefined;
  return why === undefined ? undefined : new EnvironmentError(`${what}: ${why}`, "see `ulimit -a`");
}

/**
 * The error for a file that is not readable. `name` is its name in messages. Exit code 5, or 3 when something has run
 * out.
 */
export function unreadable(name: string, error: unknown): RmapError {
  const what = `cannot read ${name}`;
  return (
    lacking(what, error) ??
    new RmapError("EINPUT", `${what}: ${systemReason(error)}`, "check the path and its permissions", 5)
  );
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "its symbolic links form a circle",
  ENAMETOOLONG: "its name is too long",
  ENXIO: "it is a socket, or a device that does not exist",
  ENODEV: "the device does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device reports an error",
  EBADF: "it is not open for this",
  EBUSY: "it is in use",
  ETXTBSY: "it is a running program",
  EINVAL: "this kind of file does not allow it",
  EAGAIN: "there is nothing to read",
  EPIPE: "nobody reads it any more",
  ERR_INVALID_ARG_VALUE: "this is not a valid file name",
};

/** What the process or the machine has run out of. */
const LACKING: Readonly<Record<string, string>> = {
  EMFILE: "too many files are open in this process",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "there is not enough memory",
};

/**
 * A broken invariant or a trap inside the engine; the engine has stopped and you cannot use it any more. Exit code 1.
 */
export class EngineCrashError extends RmapError {
  static {
    named(EngineCrashError, "EngineCrashError");
  }

  constructor(message: string, hint = "") {
    super("ECRASH", message, hint, 1);
  }
}
