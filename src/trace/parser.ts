/**
 * `perf script` text to events, by scanning bytes: no string and no object per line. It parses lines in place in the
 * caller's chunk, and copies only a line that crosses a chunk border.
 */

import { InputError } from "../errors.js";
import { shown } from "../text/words.js";
import { parseBody } from "./body.js";
import { Cursor, I32, U64 } from "./digits.js";
import { EV_EXIT, EV_FORK, EV_MAP, TraceEvent, type TraceVisitor } from "./event.js";
import { toolOf } from "./tools.js";

/** A longer line is not a trace line. */
const LONGEST_LINE = 1 << 16;
const NEWLINE = 10;
/** The highest number of a CPU: Linux has at most 8192. */
const LAST_CPU = 8191;
/** The most seconds of a 64-bit nanosecond clock. */
const LAST_SECOND = Math.floor(U64 / 1e9);
const NANOSECOND_DIGITS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];

/** Parses one trace, chunk by chunk. Memory use does not depend on how long the trace is. */
export class TraceParser {
  readonly #file: string;
  readonly #visitor: TraceVisitor;
  /** Lines seen so far, comments and empty ones too. */
  lines = 0;
  /** Events handed to the visitor so far. */
  events = 0;

  readonly #event = new TraceEvent();
  readonly #cursor = new Cursor();
  readonly #carry = new Uint8Array(LONGEST_LINE);
  #carried = 0;
  /** The processes of threads, as far as records of tasks have shown them. */
  readonly #processes = new Map<number, number>();
  /** The column of `[CPU]` on the last line: the first guess for the next. */
  #column = 31;

  /** `file` is the name that error messages give the input. */
  constructor(file: string, visitor: TraceVisitor) {
    this.#file = file;
    this.#visitor = visitor;
  }

  /**
   * Parses the lines of `chunk` from byte `from`. Returns the chunk's length at its end, or less when the visitor
   * asked for a stop: then call again with the returned value to continue. Keeps a line that the chunk's end cuts.
   * Throws InputError for a line that is not a `perf script` line.
   */
  feed(chunk: Uint8Array, from = 0): number {
    let at = from;
    const length = chunk.length;
    // V8 compiles the readers of bytes for the kind of array that they have seen, and a Buffer is not the kind of #carry.
    const bytes = plain(chunk);
    while (at < length) {
      const end = chunk.indexOf(NEWLINE, at);
      if (end < 0) {
        this.#keep(chunk, at, length);
        return length;
      }
      let stop: boolean;
      if (this.#carried > 0) {
        this.#keep(chunk, at, end);
        const size = this.#carried;
        this.#carried = 0;
        stop = this.#parseLine(this.#carry, 0, size);
      } else {
        stop = this.#parseLine(bytes, at, end);
      }
      at = end + 1;
      if (stop) return at;
    }
    return length;
  }

  /** The input ended: parses a last line that has no newline. Throws InputError when there was no line at all. */
  finish(): void {
    if (this.#carried > 0) {
      const size = this.#carried;
      this.#carried = 0;
      this.#parseLine(this.#carry, 0, size);
    }
    if (this.events === 0) {
      this.#fail("no trace event: expected the text that `perf script` prints", EMPTY_HINT);
    }
  }

  #fail(message: string, hint: string): never {
    throw new InputError({ file: this.#file, line: Math.max(1, this.lines), column: 1 }, message, hint);
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    if (this.#carried + to - from > LONGEST_LINE) {
      this.lines++;
      this.#fail(`a line of more than ${LONGEST_LINE} bytes: expected \`perf script\` text`, EMPTY_HINT);
    }
    this.#carry.set(chunk.subarray(from, to), this.#carried);
    this.#carried += to - from;
  }

  /** Parses bytes [start, end) as one line; true when the visitor asks for a stop. */
  #parseLine(bytes: Uint8Array, start: number, lineEnd: number): boolean {
    this.lines++;
    let end = lineEnd;
    if (end > start && bytes[end - 1] === 13) end--;
    let first = start;
    while (first < end && (bytes[first] === 32 || bytes[first] === 9)) first++;
    // Empty lines, the `# …` lines of --header and the `\t…` lines of a stack carry no event. A comm with a `#` is
    // indented, by blanks.
    if (first === end || bytes[start] === 9) return false;
    if (bytes[start] === 35) {
      if (this.events === 0) this.#refuseTool(bytes, start, end);
      return false;
    }

    const cursor = this.#cursor;
    cursor.bytes = bytes;
    cursor.end = end;
    cursor.limit = 0;
    const event = this.#event;
    event.source = bytes;
    event.line = this.lines;
    event.commStart = first;
    let problem = this.#parseHead(cursor, event, start);
    if (problem === "") problem = parseBody(cursor, event);
    if (problem !== "") {
      this.#refuseTool(bytes, start, end);
      throw new InputError(
        { file: this.#file, line: this.lines, column: cursor.at - start + 1 },
        `expected ${problem}${tooLarge(cursor)}`,
        this.#file.endsWith(".ops") ? SCRIPT_HINT : LINE_HINT,
      );
    }
    this.events++;
    if (event.kind >= EV_FORK && event.kind <= EV_MAP && event.kind !== EV_EXIT)
      this.#processes.set(event.childTid, event.childPid);
    return this.#visitor.event(event);
  }

  /** Throws InputError when another tool printed the line. */
  #refuseTool(bytes: Uint8Array, start: number, end: number): void {
    const tool = toolOf(new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 400))));
    if (tool === undefined) return;
    this.#fail(`this is text of ${tool}, which does not show all that a replay needs`, RECORD_HINT);
  }

  /** `comm pid/tid [cpu] seconds.fraction:`; "" or what was expected at the cursor. */
  #parseHead(cursor: Cursor, event: TraceEvent, start: number): string {
    const { bytes, end } = cursor;
    const guess = start + this.#column;
    if (guess < end && bytes[guess] === 91 && this.#headAt(cursor, event, guess)) {
      if (parseTime(cursor, event) === "") return "";
    }
    // A comm may contain anything, even `1/2 [3]`. The right bracket is the first one before a time.
    let problem = "`COMM PID/TID [CPU] SECONDS.NANOSECONDS: EVENT`";
    let place = event.commStart;
    let limit = 0;
    for (let at = bytes.indexOf(91, place); at >= 0 && at < end; at = bytes.indexOf(91, at + 1)) {
      const isHead = this.#headAt(cursor, event, at);
      if (!isHead && cursor.limit === 0) continue;
      const wrong = isHead ? parseTime(cursor, event) : numberOf(cursor.limit);
      if (wrong === "") {
        this.#column = at - start;
        cursor.limit = 0;
        return "";
      }
      if (place === event.commStart) {
        problem = wrong;
        place = cursor.at;
        limit = cursor.limit;
      }
    }
    cursor.at = place;
    cursor.limit = limit;
    return problem;
  }

  /** perf's own choice of fields has a thread number only, at `at`. The records of tasks show its process. */
  #shortHead(cursor: Cursor, event: TraceEvent, at: number, tid: number, behind: number): boolean {
    const { bytes } = cursor;
    const first = event.commStart;
    if (bytes[at - 1] !== 32) return false;
    let last = at - 1;
    while (last > first && bytes[last] === 32) last--;
    if (last === first && bytes[last] === 32) return false;
    cursor.at = behind;
    event.tid = tid;
    event.pid = this.#processes.get(tid) ?? tid;
    event.commEnd = last + 1;
    return true;
  }

  /** Reads `[cpu]` at `bracket` and the `pid/tid` before it; false when they are not there. */
  #headAt(cursor: Cursor, event: TraceEvent, bracket: number): boolean {
    const bytes = cursor.bytes;
    cursor.at = bracket + 1;
    event.cpu = cursor.decimal(LAST_CPU);
    if (cursor.digits === 0 || bytes[cursor.at] !== 93 || cursor.at >= cursor.end) return false;
    const behind = cursor.at + 1;

    const first = event.commStart;
    let at = bracket;
    while (at > first && bytes[at - 1] === 32) at--;
    let tid = cursor.decimalBefore(at, first, I32);
    if (cursor.digits === 0) return false;
    at = cursor.at;
    if (bytes[at - 1] === 45) {
      tid = -tid;
      at--;
    }
    if (bytes[at - 1] !== 47) return this.#shortHead(cursor, event, at, tid, behind);
    let pid = cursor.decimalBefore(at - 1, first, I32);
    if (cursor.digits === 0) return false;
    at = cursor.at - 1;
    if (bytes[at] === 45) {
      pid = -pid;
      at--;
    }
    if (bytes[at] !== 32) return false;
    while (at > first && bytes[at] === 32) at--;
    cursor.at = behind;
    event.tid = tid;
    event.pid = pid;
    event.commEnd = at + 1;
    return true;
  }
}

/** The same bytes as an array of no other class: Node reads files and pipes into a Buffer. */
function plain(chunk: Uint8Array): Uint8Array {
  if (chunk.constructor === Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

/** The field of a line's head with this limit. */
function numberOf(limit: number): string {
  return limit === LAST_CPU ? "a CPU number" : "a process or thread number";
}

/** The limit and the text of a number that is too large; "" without one. */
function tooLarge({ bytes, at, end, limit }: Cursor): string {
  if (limit === 0) return "";
  let last = at;
  while (last < end && isAlphanumeric(bytes[last] as number)) last++;
  const most = limit === U64 ? "64 bits" : limit;
  return ` of at most ${most}, found "${shown(new TextDecoder().decode(bytes.subarray(at, last)))}"`;
}

function isAlphanumeric(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
}

/** ` seconds.fraction: ` at the cursor; "" or what was expected there. */
function parseTime(cursor: Cursor, event: TraceEvent): string {
  const { bytes, end } = cursor;
  cursor.blanks();
  const seconds = cursor.decimal(LAST_SECOND);
  if (cursor.digits === 0) return "a time in seconds";
  if (cursor.at >= end || bytes[cursor.at] !== 46) return "`.` and a fraction of a second";
  cursor.at++;
  const fraction = cursor.decimal(Number.POSITIVE_INFINITY);
  if (cursor.digits === 0 || cursor.digits > 9) return "1 to 9 digits of a second's fraction";
  event.time = seconds * 1e9 + fraction * (NANOSECOND_DIGITS[cursor.digits] as number);
  if (cursor.at >= end || bytes[cursor.at] !== 58) return "`:` after the time";
  cursor.at++;
  cursor.blanks();
  return cursor.at >= end ? "an event name" : "";
}

/** The command that prints what this parser reads. */
const PERF_SCRIPT =
  "perf script --ns --show-mmap-events --show-task-events -F comm,pid,tid,cpu,time,event,trace";

const EMPTY_HINT = "record a program with: rmap record -o FILE -- COMMAND";
const LINE_HINT = `each line must be a line of this command's output: ${PERF_SCRIPT}`;
const RECORD_HINT = "record the program with: rmap record -o FILE -- COMMAND";
const SCRIPT_HINT = "this is not a recording; use `rmap run` for scripts";
