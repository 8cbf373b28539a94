/** The AssemblyScript compiler, called through its API on sources in memory. */

import { EnvironmentError } from "../errors.js";
import { isNode } from "../platform/host.js";
import { blame } from "./blame.js";

import { BuildError, type Diagnostic } from "./diagnostic.js";
import { placeIn } from "./piece.js";
import type { SourceTree } from "./sources.js";
import type { CompilerOptions } from "./target.js";

/** The part of the compiler's message that this file reads. */
interface AscDiagnostic {
  readonly message: string;
  readonly category: number;
  readonly range: { start: number; end: number; source: { normalizedPath: string } } | null;
}

interface AscModule {
  readonly version: string;
  main(
    argv: readonly string[],
    io: {
      stdout: { write(chunk: Uint8Array | string): void };
      stderr: { write(chunk: Uint8Array | string): void };
      readFile(name: string): string | null;
      writeFile(name: string, contents: Uint8Array | string): void;
      listFiles(): string[];
      reportDiagnostic(diagnostic: AscDiagnostic): void;
      readonly transforms: readonly Transform[];
    },
  ): Promise<{ error: Error | null }>;
}

/** `DiagnosticCategory.Error` of the compiler. */
const CATEGORY_ERROR = 3;

/** The compiler sees the sources below this folder, so that its function names start with `assembly/`. */
export const PREFIX = "assembly/";

/** The compiler's modules, by the names under which its package exports them. */
export interface Compiler {
  /** `import * as parser from "assemblyscript"` */
  readonly assemblyscript: object;
  /** `import * as asc from "assemblyscript/asc"` */
  readonly "assemblyscript/asc": object;
  /** `import * as binaryen from "assemblyscript/binaryen"` */
  readonly "assemblyscript/binaryen": object;
}

let given: Compiler | undefined;

/**
 * Takes the compiler from here from now on. For bundles and pages: only your own `import` says where they find it.
 */
export function useCompiler(compiler: Compiler): void {
  given = compiler;
}

/**
 * A module of the compiler: what `useCompiler` got, or that of the installed package. Throws an EnvironmentError when there
 * is neither. The name in `import()` is not a literal, because the package's types would put `i32`, `load` and more into
 * the global scope.
 */
export async function importCompiler<T>(name: keyof Compiler): Promise<T> {
  if (given !== undefined) return given[name] as T;
  try {
    const specifier: string = name;
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ specifier)) as T;
  } catch (error) {
    if (isNode && (error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new EnvironmentError(
      `compiling an engine needs the package assemblyscript, which is not installed (${name})`,
      isNode
        ? "npm install assemblyscript@0.28.19"
        : "import it and pass it to useCompiler: docs/embedding.md shows how",
    );
  }
}

/** The version of the installed compiler. */
export async function compilerVersion(): Promise<string> {
  return (await importCompiler<AscModule>("assemblyscript/asc")).version;
}

/** Options as the compiler's command line takes them, without the switches that are false. */
function toArguments(options: CompilerOptions): string[] {
  return Object.entries(options).flatMap(([key, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${key}`];
    return [value].flat().flatMap((item) => [`--${key}`, String(item)]);
  });
}

/** A step between the compiler's parser and its own work. */
export interface Transform {
  /** The parser has read everything that the sources name. */
  afterParse(parser: unknown): void;
}

/** What the compiler makes of sources. */
export interface CompiledSources {
  readonly wasm: Uint8Array;
  /** The same as text, with the position in the sources above each instruction; only on request. */
  readonly located?: string;
}

/** How to compile sources. */
export interface CompileSourcesOptions {
  /** Also give the text with positions. */
  readonly located?: boolean;
  readonly transform?: Transform;
}

/**
 * Compiles the entry file (its path in `sources`) to a module, and to a text with positions if `located` asks for it.
 * Does not read `asconfig.json`. Throws a BuildError whose diagnostics name the files that `sources` came from.
 */
export async function compileSources(
  sources: SourceTree,
  entry: string,
  options: CompilerOptions,
  { located = false, transform }: CompileSourcesOptions = {},
): Promise<CompiledSources> {
  const asc = await importCompiler<AscModule>("assemblyscript/asc");
  const found: Diagnostic[] = [];
  const output = new Map<string, Uint8Array | string>();
  let log = "";
  const stream = {
    write(chunk: Uint8Array | string): void {
      log += String(chunk);
    },
  };
  const argv = [`${PREFIX}${entry}`, "--outFile", "out.wasm"];
  // Only a text with this ending has positions, and only with a source map.
  if (located) argv.push("--textFile", "out.wast", "--sourceMap");
  const { error } = await asc.main([...argv, ...toArguments(options), "--noColors"], {
    stdout: stream,
    stderr: stream,
    readFile: (name) => sources.get(withoutPrefix(name))?.text ?? null,
    writeFile: (name, contents) => void output.set(name, contents),
    listFiles: () => [],
    transforms: transform === undefined ? [] : [transform],
    reportDiagnostic: (diagnostic) => {
      if (diagnostic.category === CATEGORY_ERROR) found.push(locate(diagnostic, sources));
    },
  });
  if (error !== null || found.length > 0) {
    if (found.length > 0) throw new BuildError(found);
    // The compiler itself crashed. The caller knows which files changed and finds the likely place.
    if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) throw error;
    const message = [error?.message, log.trim()].filter(Boolean).join("\n");
    throw new BuildError([{ file: sources.get(entry)?.file ?? entry, line: 0, column: 0, message }]);
  }
  const wasm = output.get("out.wasm") as Uint8Array;
  return located ? { wasm, located: String(output.get("out.wast")) } : { wasm };
}

function withoutPrefix(name: string): string {
  const path = name.replaceAll("\\", "/");
  return path.startsWith(PREFIX) ? path.slice(PREFIX.length) : `outside:${path}`;
}

/**
 * Where a position of the compiler's text lies on disk, as folder of the sources, path and line: a file of an overlay
 * begins with the overlay's name. `column` is 0-based.
 */
export function locateLine(sources: SourceTree, file: string, line: number, column: number): string {
  const path = withoutPrefix(file);
  const source = sources.get(path);
  if (source === undefined) return `${file}:${line}`;
  let offset = 0;
  for (let i = 1; i < line; i++) offset = source.text.indexOf("\n", offset) + 1;
  const place = placeIn(source, offset + column);
  const folder = place.file.slice(0, place.file.length - path.length - 1);
  return `${lastPart(folder)}/${path}:${place.line}`;
}

function locate(diagnostic: AscDiagnostic, sources: SourceTree): Diagnostic {
  const { message, range } = diagnostic;
  if (range === null) return { file: "assembly", line: 0, column: 0, message };
  const path = withoutPrefix(range.source.normalizedPath);
  const source = sources.get(path);
  if (source === undefined) return { file: range.source.normalizedPath, line: 0, column: 0, message };
  const blamed = blame(sources, path, { range, message });
  return {
    ...placeIn(source, range.start),
    message: blamed === undefined ? message : `${message} (${blamed})`,
  };
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
}
