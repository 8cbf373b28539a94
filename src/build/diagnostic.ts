/** Typed errors of the engine's build: the compiler's message, and its place in the caller's own files. */

import { named, type Position, RmapError } from "../errors.js";

/** One message of the compiler. `file` is the compiled file on disk; line and column are 1-based (0: unknown). */
export interface Diagnostic extends Position {
  readonly message: string;
}

/** The engine did not compile, or the compiled module cannot serve as an engine. Exit code 5. */
export class BuildError extends RmapError {
  static {
    named(BuildError, "BuildError");
  }

  /** At least one, in the order in which the compiler found them. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], hint = "") {
    super("EBUILD", diagnostics.map(formatDiagnostic).join("\n"), hint, 5);
    this.diagnostics = diagnostics;
  }
}

/**
 * An overlay folder does not fit the sources: it replaces nothing, clashes with another one, or does not exist. Exit
 * code 2.
 */
export class OverlayError extends RmapError {
  static {
    named(OverlayError, "OverlayError");
  }

  /** The files of the overlay that cause the error, as paths on disk; the folder itself when it is missing. */
  readonly files: readonly string[];

  constructor(message: string, files: readonly string[], hint = "") {
    super("EOVERLAY", message, hint, 2);
    this.files = files;
  }
}

/** `file:line:column: message`, without the numbers where the place is unknown. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.line > 0 ? `:${diagnostic.line}:${diagnostic.column}` : "";
  return `${diagnostic.file}${place}: ${diagnostic.message}`;
}

/** The 1-based line and column of a character offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}
