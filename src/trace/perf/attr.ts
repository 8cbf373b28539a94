/** perf_event_attr: what each record of an event consists of. */

import type { Problems } from "./problem.js";

const IP = 1 << 0;
const TID = 1 << 1;
const TIME = 1 << 2;
const ADDR = 1 << 3;
const READ = 1 << 4;
const CALLCHAIN = 1 << 5;
const ID = 1 << 6;
const CPU = 1 << 7;
const PERIOD = 1 << 8;
const STREAM_ID = 1 << 9;
const RAW = 1 << 10;
const IDENTIFIER = 1 << 16;

const READ_ENABLED = 1;
const READ_RUNNING = 2;
const READ_ID = 4;
const READ_GROUP = 8;
const READ_LOST = 16;

const TYPE_TRACEPOINT = 2;
/** Bytes of the oldest perf_event_attr. */
const SMALLEST = 64;
/** Bytes of a record's header. */
export const RECORD_HEADER = 8;
/** The place of a field that the records do not have. */
export const NOWHERE = -1;

/** One event's attributes, and the places of the fields in its records. Places count bytes from a record's start. */
export interface Attr {
  /** Bytes of the structure in the recording. */
  readonly size: number;
  /** The tracepoint's number; -1 for another kind of event. */
  readonly tracepoint: number;
  /** Every n-th event is recorded; 0 when perf chose a frequency. */
  readonly period: number;
  /** Kinds of records: of mappings, of data mappings too, of tasks. */
  readonly mmap: boolean;
  readonly mmapData: boolean;
  readonly task: boolean;
  readonly comm: boolean;
  /** The ring was overwritten from its end: the recording begins late. */
  readonly backward: boolean;
  /** Places in a sample. */
  readonly idAt: number;
  readonly tidAt: number;
  readonly timeAt: number;
  readonly cpuAt: number;
  /** Place of the first field of changing length. */
  readonly variableAt: number;
  readonly readFormat: number;
  readonly hasRead: boolean;
  readonly hasStack: boolean;
  readonly hasRaw: boolean;
  /** Places in the trailer of other records, in bytes before the record's end. */
  readonly tail: {
    readonly id: number;
    readonly tid: number;
    readonly time: number;
    readonly cpu: number;
    readonly size: number;
  };
}

/** Reads the attributes at `at`. Throws InputError when their size makes no sense. */
export function parseAttr(view: DataView, at: number, offset: number, problems: Problems): Attr {
  const left = view.byteLength - at;
  const size = left >= SMALLEST ? view.getUint32(at + 4, true) || SMALLEST : 0;
  if (size < SMALLEST || size > left)
    throw problems.damaged(offset, "the description of an event is cut off: expected a perf_event_attr");
  const type = view.getUint32(at, true);
  const kinds = view.getUint32(at + 24, true);
  const bits = view.getUint32(at + 40, true);
  const bit = (n: number) => ((bits >>> n) & 1) === 1;
  return {
    size,
    tracepoint: type === TYPE_TRACEPOINT ? view.getUint32(at + 8, true) : -1,
    period: bit(10) ? 0 : view.getUint32(at + 16, true),
    mmap: bit(8) || bit(23),
    mmapData: bit(17),
    task: bit(13),
    comm: bit(9),
    backward: bit(27),
    ...samplePlaces(kinds),
    readFormat: view.getUint32(at + 32, true),
    hasRead: (kinds & READ) !== 0,
    hasStack: (kinds & CALLCHAIN) !== 0,
    hasRaw: (kinds & RAW) !== 0,
    tail: bit(18) ? tailPlaces(kinds) : { id: NOWHERE, tid: NOWHERE, time: NOWHERE, cpu: NOWHERE, size: 0 },
  };
}

/** A sample's fields of fixed length, in the order in which the kernel writes them. */
function samplePlaces(kinds: number) {
  let next = RECORD_HEADER;
  const place = (kind: number) => {
    if ((kinds & kind) === 0) return NOWHERE;
    next += 8;
    return next - 8;
  };
  const identifier = place(IDENTIFIER);
  place(IP);
  const tidAt = place(TID);
  const timeAt = place(TIME);
  place(ADDR);
  const id = place(ID);
  place(STREAM_ID);
  const cpuAt = place(CPU);
  place(PERIOD);
  return { idAt: identifier === NOWHERE ? id : identifier, tidAt, timeAt, cpuAt, variableAt: next };
}

function tailPlaces(kinds: number) {
  const order = [TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER].filter((kind) => (kinds & kind) !== 0);
  const size = order.length * 8;
  const before = (kind: number) => {
    const index = order.indexOf(kind);
    return index < 0 ? NOWHERE : size - index * 8;
  };
  const identifier = before(IDENTIFIER);
  return {
    id: identifier === NOWHERE ? before(ID) : identifier,
    tid: before(TID),
    time: before(TIME),
    cpu: before(CPU),
    size,
  };
}

/** Bytes of a sample's counter values at `at`. */
export function readBytes(attr: Attr, view: DataView, at: number): number {
  const format = attr.readFormat;
  const has = (bit: number) => ((format & bit) === 0 ? 0 : 8);
  const times = has(READ_ENABLED) + has(READ_RUNNING);
  const each = 8 + has(READ_ID) + has(READ_LOST);
  return (format & READ_GROUP) === 0 ? times + each : 8 + times + view.getUint32(at, true) * each;
}
