/** Records to events, in order of time. The bytes come in any pieces. */

import type { InputError } from "../../errors.js";
import { NO_CAUSE } from "../causes.js";
import { EV_LOST, TraceEvent, type TraceVisitor } from "../event.js";
import { Arena } from "./arena.js";
import { type Attr, NOWHERE, RECORD_HEADER, readBytes } from "./attr.js";
import { type EventSource, Events, readIds } from "./events.js";
import { Order } from "./order.js";
import type { Problems } from "./problem.js";
import { decodeRecord, RECORD_COMM, RECORD_FORK, RECORD_SAMPLE, smallest } from "./records.js";
import { Stacks } from "./stacks.js";
import { parseTracing } from "./tracing.js";

const HEADER_ATTR = 64;
const HEADER_TRACING_DATA = 66;
const FINISHED_ROUND = 68;
const AUXTRACE = 71;
const EVENT_UPDATE = 78;
const HEADER_FEATURE = 80;
const COMPRESSED = 81;
const FINISHED_INIT = 82;
const COMPRESSED2 = 83;
/** From here on types are perf's own, below they are the kernel's. */
const FIRST_USER_TYPE = 64;
const UPDATE_NAME = 2;
/** The arena is compacted when at least so many of its bytes have been used, and as many as wait. */
const COMPACT = 1 << 20;
/** The records that may end a recording through a pipe. */
const LAST = new Set([FINISHED_ROUND, FINISHED_INIT, HEADER_FEATURE]);
/** Linux has at most 8192 CPUs. A record that perf made up has none. */
const LAST_CPU = 8191;
const ALL_ONES = 0xffffffff;
/** What comes of looking at a record. */
const MORE = 0;
const GO_ON = 1;
const STOP = 2;

/** Reads the records of one recording. */
export class Session {
  readonly events: Events;
  readonly #problems: Problems;
  readonly #visitor: TraceVisitor;
  readonly #event = new TraceEvent();
  readonly #arena = new Arena();
  readonly #order = new Order();
  readonly #names = new Map<number, string>();
  readonly #stacks = new Stacks();
  /** Events handed to the visitor so far. */
  delivered = 0;
  /** Bytes of the recording before the arena's beginning, for messages. */
  #offset: number;
  #lastType = 0;
  /** Bytes of the records that wait for their turn. */
  #waiting = 0;
  /** The thread whose name is the event's. */
  #named = 0;
  #ended = false;
  // The time of the first record with one, as two halves, so that differences are exact.
  #begun = false;
  #baseLow = 0;
  #baseHigh = 0;

  /** `offset` is the place of the first record in the recording. */
  constructor(problems: Problems, visitor: TraceVisitor, offset: number) {
    this.#problems = problems;
    this.#visitor = visitor;
    this.#offset = offset;
    this.events = new Events(problems);
    this.#event.names = () => {
      const tid = this.#named;
      return this.#names.get(tid) ?? (tid <= 0 ? "swapper" : `:${tid}`);
    };
  }

  /** Called for each frame of the kernel in the stack of a page count. */
  set onFrame(onFrame: (address: number) => void) {
    this.#stacks.onFrame = onFrame;
  }

  /** The functions in the recording's stacks, by address. */
  functions(functions: ReadonlyMap<number, string>): void {
    this.#stacks.name(functions);
  }

  /** The records begin at byte `offset` of the recording. */
  begin(offset: number): void {
    this.#offset = offset;
  }

  /** Adds bytes; `advance` looks at them. Throws InputError when a round does not fit into memory. */
  append(chunk: Uint8Array): void {
    if (!this.#arena.append(chunk))
      throw this.#problems.damaged(
        this.#offset + this.#arena.scan,
        "more than 2 GiB of records without the end of a round",
      );
  }

  /**
   * Hands events to the visitor until it asks for a stop (true: call again) or needs more bytes (false). Throws
   * InputError for a damaged record.
   */
  advance(): boolean {
    for (;;) {
      for (let at = this.#order.next(); at >= 0; at = this.#order.next()) {
        const size = this.#arena.view.getUint16(at + 6, true);
        this.#waiting -= size;
        if (this.#deliver(at, size, this.events.sources[this.#order.mark] as EventSource)) return true;
      }
      if (this.#ended) return false;
      const step = this.#next();
      if (step !== GO_ON) return step === STOP;
    }
  }

  /**
   * The records end: call `advance` for the rest. Through a pipe the end of the bytes is the only sign of an end.
   * Throws InputError for a recording that was cut off.
   */
  finish(pipe: boolean): void {
    const left = this.#arena.length - this.#arena.scan;
    if (left > 0 || (pipe && !LAST.has(this.#lastType)))
      throw this.#problems.cut(
        this.#offset + this.#arena.length,
        left > 0 ? "a record" : "a round of records",
      );
    this.events.finish();
    this.#ended = true;
    this.#order.finish();
  }

  /** Looks at one record: GO_ON, MORE when it is not whole yet, or STOP. */
  #next(): number {
    const arena = this.#arena;
    const { scan, view, length } = arena;
    const left = length - scan;
    if (left < RECORD_HEADER) return this.#compact();
    const type = view.getUint32(scan, true);
    const size = view.getUint16(scan + 6, true);
    if (size < Math.max(RECORD_HEADER, smallest(type)))
      throw this.#damaged(scan, `${size} bytes are too few`);
    if (left < size) return this.#compact();
    if (type >= FIRST_USER_TYPE) {
      if (!this.#own(type, scan, size)) return this.#compact();
      this.#lastType = type;
      return GO_ON;
    }
    this.#lastType = type;
    arena.scan += size;
    if (type !== RECORD_SAMPLE && smallest(type) === 0) return GO_ON;
    if (!this.events.ready) this.events.finish();
    const source = this.#source(type, scan, size);
    return this.#queue(type, scan, size, source) && this.#deliver(scan, size, source) ? STOP : GO_ON;
  }

  #damaged(at: number, what: string): InputError {
    const type = this.#arena.view.getUint32(at, true);
    return this.#problems.damaged(this.#offset + at, `a record of type ${type} is damaged: ${what}`);
  }

  /** Makes room. */
  #compact(): number {
    const arena = this.#arena;
    const before = arena.scan;
    const used = before - this.#waiting;
    if (used >= COMPACT && used >= this.#waiting) {
      arena.keep((move) => this.#order.movePlaces(move));
      this.#offset += before - arena.scan;
    }
    return MORE;
  }

  /** A record of perf itself. Returns false when it is not whole yet. */
  #own(type: number, at: number, size: number): boolean {
    const arena = this.#arena;
    const { view, bytes } = arena;
    const body = at + RECORD_HEADER;
    let whole = size;
    switch (type) {
      case FINISHED_ROUND:
        this.#order.round();
        break;
      case HEADER_ATTR: {
        const record = new DataView(bytes.buffer, body, size - RECORD_HEADER);
        this.events.add(record, 0, this.#offset + body, (attr) =>
          readIds(record, attr.size, record.byteLength),
        );
        break;
      }
      case HEADER_TRACING_DATA: {
        whole = size + (size < 12 ? 0 : view.getUint32(body, true));
        if (arena.length - at < whole) return false;
        const data = bytes.subarray(at + size, at + whole);
        this.events.formats = parseTracing(data, this.#offset + at + size, this.#problems);
        break;
      }
      case EVENT_UPDATE:
        if (size > 24 && view.getUint32(body, true) === UPDATE_NAME)
          this.events.name(
            readIds(view, body + 8, body + 16)[0] as number,
            untilNul(bytes.subarray(body + 16, at + size)),
          );
        break;
      case AUXTRACE:
        throw this.#problems.refused(
          "this recording holds a processor's trace, which a replay does not read",
        );
      case COMPRESSED:
      case COMPRESSED2:
        throw this.#problems.compressed();
    }
    arena.scan += whole;
    return true;
  }

  /** The event that a record belongs to. A record that perf made up has number 0: its trailer is empty. */
  #source(type: number, at: number, size: number): EventSource {
    const { view } = this.#arena;
    const first = this.events.first as Attr;
    const place =
      type === RECORD_SAMPLE ? first.idAt : first.tail.id === NOWHERE ? NOWHERE : size - first.tail.id;
    if (place !== NOWHERE && place + 8 > size) throw this.#damaged(at, `${size} bytes are too few`);
    const id =
      place === NOWHERE
        ? 0
        : view.getUint32(at + place, true) + view.getUint32(at + place + 4, true) * 2 ** 32;
    const source = this.events.find(id, type !== RECORD_SAMPLE);
    if (source === undefined) throw this.#damaged(at, `no event has the number ${id}`);
    const least = type === RECORD_SAMPLE ? source.attr.variableAt : smallest(type) + source.attr.tail.size;
    if (size < least) throw this.#damaged(at, `${size} bytes are too few`);
    return source;
  }

  /** Puts a record in its place in time. Returns true when it has no time: then its turn is now. */
  #queue(type: number, at: number, size: number, { attr, number }: EventSource): boolean {
    const { view } = this.#arena;
    const timeAt = type === RECORD_SAMPLE ? at + attr.timeAt : at + size - attr.tail.time;
    const low = view.getUint32(timeAt, true);
    const high = view.getUint32(timeAt + 4, true);
    if ((low === 0 && high === 0) || (low === ALL_ONES && high === ALL_ONES)) return true;
    if (!this.#begun) {
      this.#begun = true;
      this.#baseLow = low;
      this.#baseHigh = high;
    }
    this.#waiting += size;
    this.#order.add(low - this.#baseLow + (high - this.#baseHigh) * 2 ** 32, at, number);
    return false;
  }

  /** Hands the record at `at` to the visitor; true when that asks for a stop. */
  #deliver(at: number, size: number, source: EventSource): boolean {
    const { view, bytes } = this.#arena;
    const type = view.getUint32(at, true);
    const event = this.#event;
    event.source = bytes;
    event.line = ++this.delivered;
    const { attr } = source;
    if (type === RECORD_SAMPLE) {
      this.#head(at + attr.tidAt, at + attr.timeAt, attr.cpuAt === NOWHERE ? NOWHERE : at + attr.cpuAt);
      this.#sample(source, at, size);
      this.#named = event.tid;
    } else {
      const { tail } = attr;
      const end = at + size;
      this.#head(end - tail.tid, end - tail.time, tail.cpu === NOWHERE ? NOWHERE : end - tail.cpu);
      decodeRecord(event, view, at, end - tail.size);
      if (type === RECORD_COMM) this.#names.set(event.childTid, event.text());
      else if (type === RECORD_FORK) this.#inheritName(event.parentTid, event.childTid);
      this.#named = event.kind === EV_LOST ? event.tid : event.childTid;
    }
    return this.#visitor.event(event);
  }

  #head(tidAt: number, timeAt: number, cpuAt: number): void {
    const { view } = this.#arena;
    const event = this.#event;
    event.pid = view.getInt32(tidAt, true);
    event.tid = view.getInt32(tidAt + 4, true);
    event.time = view.getUint32(timeAt, true) + view.getUint32(timeAt + 4, true) * 2 ** 32;
    event.cpu = cpuAt === NOWHERE ? 0 : view.getUint32(cpuAt, true);
    if (event.cpu > LAST_CPU) event.cpu = 0;
  }

  #sample({ attr, decode, rawBytes }: EventSource, at: number, size: number): void {
    const { view } = this.#arena;
    const end = at + size;
    let next = at + attr.variableAt;
    if (attr.hasRead && rawBytes > 0) next += readBytes(attr, view, next);
    if (attr.hasStack && rawBytes > 0) {
      if (next + 8 > end) throw this.#damaged(at, "its stack is cut off");
      const frames = view.getUint32(next, true);
      next += 8;
      if (next + frames * 8 > end) throw this.#damaged(at, "its stack is cut off");
      this.#event.cause = this.#stacks.cause(view, next, frames);
      next += frames * 8;
    } else this.#event.cause = NO_CAUSE;
    let raw = 0;
    if (rawBytes > 0) {
      if (next + 4 > end) throw this.#damaged(at, "its fields are cut off");
      raw = view.getUint32(next, true);
      next += 4;
      if (raw < rawBytes || next + raw > end) throw this.#damaged(at, `its fields have ${raw} bytes`);
    }
    decode(this.#event, view, next, raw);
  }

  #inheritName(parent: number, child: number): void {
    const name = this.#names.get(parent);
    if (name !== undefined) this.#names.set(child, name);
  }
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
