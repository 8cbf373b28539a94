/** The sources of trace bytes: a file, standard input, any chunks; plain or gzip, by their first bytes. */

import { InputError, isSystemError, UsageError, unreadable } from "../errors.js";
import { builtin } from "../platform/host.js";
import { show, text } from "../text/arguments.js";
import { GzipError, unpacked } from "./gunzip.js";
import { fileChunks, stdinChunks } from "./open.js";
import { perfFolder, refuseOtherPerf } from "./perf/read.js";
import { type RandomBytes, randomFile } from "./random.js";

/** Bytes in order; chunk borders mean nothing. */
export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A trace to read: its bytes, and the name that messages give it. */
export interface TraceSource {
  readonly name: string;
  readonly chunks: ByteChunks;
  /** Bytes of the whole input, where that is known. */
  readonly totalBytes?: number | undefined;
  /** Consumed bytes so far; for gzip, the compressed bytes behind the text so far. */
  readonly readBytes?: () => number;
  /** Opens the bytes for reading in any order; undefined where they come in order only. */
  readonly random?: () => Promise<RandomBytes | undefined>;
  /** Called with the number of bytes read so far when they are not read in order, and with their total. */
  tookBytes?(bytes: number, total: number): void;
  /** Called for gzip with a function that returns the consumed bytes, because one read may take a whole small file. */
  unpackedBy?(taken: () => number): void;
}

/** Packed forms that we do not read: their first bytes, and what unpacks them. */
const PACKED: readonly (readonly [name: string, magic: Uint8Array, unpack: string])[] = [
  ["zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), "zstd -d"],
  ["xz", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00), "xz -d"],
  ["bzip2", Uint8Array.of(0x42, 0x5a, 0x68), "bzip2 -d"],
  ["zip", Uint8Array.of(0x50, 0x4b, 0x03, 0x04), "unzip"],
];
const GZIP = Uint8Array.of(0x1f, 0x8b);
/** The byte order marks of UTF-8, and of UTF-16, little and big endian; UTF-32's begins with the former. */
const UTF8 = Uint8Array.of(0xef, 0xbb, 0xbf);
const UTF16 = [Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xfe, 0xff)];

/** The trace in the file at `path`; `-` is standard input. Opens it at the first read, which throws its errors. */
export function traceFile(path: string): TraceSource {
  text("traceFile: the path", path);
  if (path === "-") return { name: "(stdin)", chunks: stdinChunks(), random: () => randomFile(0) };
  let readBytes = 0;
  let totalBytes: number | undefined;
  let taken: (() => number) | undefined;
  const chunks = async function* () {
    const file = fileChunks(path, (bytes) => {
      totalBytes = bytes;
    });
    for await (const chunk of file) {
      readBytes += chunk.length;
      yield chunk;
    }
  };
  return {
    name: path,
    chunks: chunks(),
    get totalBytes() {
      return totalBytes;
    },
    readBytes: () => taken?.() ?? readBytes,
    random: () => randomFile(path),
    tookBytes: (bytes, total) => {
      readBytes = bytes;
      totalBytes = total;
    },
    unpackedBy: (unpacked) => {
      taken = unpacked;
    },
  };
}

/** A trace in memory: text, or bytes (also gzip). */
export function traceBytes(bytes: Uint8Array | string, name = "<memory>"): TraceSource {
  if (typeof bytes === "string") return { name, chunks: [new TextEncoder().encode(bytes)] };
  if (bytes instanceof Uint8Array) return { name, chunks: [bytes] };
  throw new UsageError(
    `traceBytes: the trace must be a string or a Uint8Array, not ${show(bytes)}`,
    "new Uint8Array(buffer) makes one of an ArrayBuffer",
  );
}

/** Throws UsageError for what is no source of a trace; `what` names the call. */
export function mustBeSource(what: string, source: unknown): asserts source is TraceSource {
  const { name, chunks } = (source ?? {}) as { readonly name?: unknown; readonly chunks?: unknown };
  const iterable = typeof chunks === "object" && chunks !== null;
  if (typeof name === "string" && iterable && (Symbol.asyncIterator in chunks || Symbol.iterator in chunks))
    return;
  throw new UsageError(
    `${what}: the trace must be a source with a name and chunks, not ${show(source)}`,
    "traceFile(path) and traceBytes(bytes) of rmap-engine/trace make one",
  );
}

/**
 * The plain text of `source`, unpacked when it is gzip. Throws InputError for an empty input, a binary recording
 * (perf.data), and damaged or cut gzip; RmapError for a file that is not readable.
 */
export async function* plainChunks(source: TraceSource): AsyncGenerator<Uint8Array> {
  const { name } = source;
  const chunks = checked(source);
  const head = withoutMark(await firstBytes(chunks));
  if (head.length === 0) {
    throw new InputError(
      { file: name, line: 1, column: 1 },
      "the trace is empty: expected a recording, or `perf script` text",
      HINT,
    );
  }
  refuseBinary(head, name);
  const rest = (async function* () {
    yield head;
    yield* chunks;
  })();
  if (!startsWith(head, GZIP)) {
    yield* rest;
    return;
  }
  let lines = 1;
  let seen = false;
  try {
    for await (const chunk of unpacked(rest, (taken) => source.unpackedBy?.(taken))) {
      if (!seen) refuseUnpacked(chunk, name);
      yield seen ? chunk : withoutMark(chunk);
      seen = true;
      lines += countLines(chunk);
    }
  } catch (error) {
    throw gzipError(error, name, lines);
  }
  if (!seen) {
    throw new InputError(
      { file: name, line: 1, column: 1 },
      "the trace is empty: expected a recording, or `perf script` text",
      HINT,
    );
  }
}

/** Whether a folder is what `perf record --threads` writes. */
function isFolderOfPerf(path: string): boolean {
  return builtin("node:fs").existsSync(`${path}/data`);
}

/** The source's chunks. Turns the system's errors into ours. */
async function* checked(source: TraceSource): AsyncGenerator<Uint8Array> {
  try {
    yield* source.chunks;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EISDIR" && isFolderOfPerf(source.name)) throw perfFolder(source.name);
    throw unreadable(source.name, error);
  }
}

/** Takes chunks until there are at least 8 bytes, enough for every magic number. */
async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 8) {
    const next = await chunks.next();
    if (next.done) break;
    if (head.length === 0) {
      head = next.value;
    } else {
      const joined = new Uint8Array(head.length + next.value.length);
      joined.set(head);
      joined.set(next.value, head.length);
      head = joined;
    }
  }
  return head;
}

/** The first bytes of a text without its UTF-8 byte order mark. */
function withoutMark(head: Uint8Array): Uint8Array {
  return startsWith(head, UTF8) ? head.subarray(UTF8.length) : head;
}

function refuseBinary(head: Uint8Array, name: string): void {
  refuseOtherPerf(head, name);
  const place = { file: name, line: 1, column: 1 };
  for (const [packer, magic, unpack] of PACKED) {
    if (!startsWith(head, magic)) continue;
    throw new InputError(
      place,
      `${packer}-compressed input: expected a recording or text, plain or packed with gzip`,
      `unpack it first: ${unpack}`,
    );
  }
  if (UTF16.some((mark) => startsWith(head, mark))) {
    throw new InputError(
      place,
      "this is text in UTF-16; expected text in UTF-8",
      "convert it first: iconv -f UTF-16 -t UTF-8",
    );
  }
}

/** The first bytes of what gzip had packed. */
function refuseUnpacked(head: Uint8Array, name: string): void {
  refuseBinary(head, name);
  if (!startsWith(head, GZIP)) return;
  throw new InputError(
    { file: name, line: 1, column: 1 },
    "packed with gzip twice: expected a recording or text inside",
    "unpack it once: gzip -d",
  );
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

function countLines(chunk: Uint8Array): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}

function gzipError(error: unknown, name: string, line: number): unknown {
  if (!(error instanceof GzipError)) return error;
  const message = error.isCut
    ? "the gzip stream ends too early: expected its end mark"
    : `the gzip stream is damaged (${error.message})`;
  return new InputError({ file: name, line, column: 1 }, message, "download or copy the file again");
}

const HINT = "record a program with: rmap record -o FILE -- COMMAND";
