/** Typed errors of the engine's build: what the compiler said, and where in the caller's own files. */

import { type Position, RmapError } from "../errors.js";

/** One message of the compiler; `file` is the file on disk that was compiled, 1-based line and column (0: unknown). */
export interface Diagnostic extends Position {
  readonly message: string;
}

/** The engine did not compile, or what came out may not be used as an engine. Exit code 5. */
export class BuildError extends RmapError {
  /** At least one, in the order in which the compiler found them. */
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], hint = "") {
    super("EBUILD", diagnostics.map(formatDiagnostic).join("\n"), hint, 5);
    this.diagnostics = diagnostics;
  }
}

/** An overlay folder that cannot be laid over the sources: replaces nothing, clashes, or is not there. Exit code 2. */
export class OverlayError extends RmapError {
  /** The overlay's files that are at fault, as paths on disk; the folder itself when it is missing. */
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
