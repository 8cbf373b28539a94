/** The records of tasks and mappings, to events. */

import * as Ev from "../event.js";
import { RECORD_HEADER } from "./attr.js";
import { setText } from "./samples.js";

const RECORD_MMAP = 1;
const RECORD_LOST = 2;
export const RECORD_COMM = 3;
const RECORD_EXIT = 4;
export const RECORD_FORK = 7;
export const RECORD_SAMPLE = 9;
const RECORD_MMAP2 = 10;
const RECORD_LOST_SAMPLES = 13;

/** `misc` bits. The first means "data" for MMAP and "exec" for COMM. */
const MISC_DATA_OR_EXEC = 1 << 13;
const MISC_BUILD_ID = 1 << 14;
const MAP_SHARED = 1;

/** Bytes of the fixed fields, the header included. */
const SMALLEST: Readonly<Record<number, number>> = {
  [RECORD_MMAP]: 40,
  [RECORD_LOST]: 24,
  [RECORD_COMM]: 16,
  [RECORD_EXIT]: 32,
  [RECORD_FORK]: 32,
  [RECORD_MMAP2]: 72,
  [RECORD_LOST_SAMPLES]: 16,
};

/** The fewest bytes that a record of this type has; 0 for a type that becomes no event. */
export function smallest(type: number): number {
  return SMALLEST[type] ?? 0;
}

/** Fills an event from a record at `at`; `end` is where its fields end and its trailer begins. */
export function decodeRecord(event: Ev.TraceEvent, view: DataView, at: number, end: number): void {
  const type = view.getUint32(at, true);
  const misc = view.getUint16(at + 4, true);
  const body = at + RECORD_HEADER;
  switch (type) {
    case RECORD_FORK:
    case RECORD_EXIT:
      event.kind = type === RECORD_FORK ? Ev.EV_FORK : Ev.EV_EXIT;
      event.childPid = view.getInt32(body, true);
      event.parentPid = view.getInt32(body + 4, true);
      event.childTid = view.getInt32(body + 8, true);
      event.parentTid = view.getInt32(body + 12, true);
      return;
    case RECORD_COMM:
      event.kind = Ev.EV_COMM;
      event.exec = (misc & MISC_DATA_OR_EXEC) !== 0;
      event.childPid = view.getInt32(body, true);
      event.childTid = view.getInt32(body + 4, true);
      setText(event, view, body + 8, end);
      return;
    case RECORD_LOST:
    case RECORD_LOST_SAMPLES:
      event.kind = Ev.EV_LOST;
      event.lostSamples = type === RECORD_LOST_SAMPLES;
      event.lost = u64(view, event.lostSamples ? body : body + 8);
      return;
    default:
      decodeMap(event, view, type, misc, body, end);
  }
}

function decodeMap(
  event: Ev.TraceEvent,
  view: DataView,
  type: number,
  misc: number,
  body: number,
  end: number,
): void {
  event.kind = Ev.EV_MAP;
  event.childPid = view.getInt32(body, true);
  event.childTid = view.getInt32(body + 4, true);
  event.mapStart = u64(view, body + 8);
  event.mapLength = u64(view, body + 16);
  event.mapOffset = u64(view, body + 24);
  event.mapMajor = Ev.NO_DEVICE;
  event.mapMinor = 0;
  event.mapInode = 0;
  event.mapGeneration = 0;
  if (type === RECORD_MMAP) {
    event.prot = (misc & MISC_DATA_OR_EXEC) !== 0 ? 1 : 4;
    event.shared = false;
    setText(event, view, body + 32, end);
    return;
  }
  if ((misc & MISC_BUILD_ID) === 0) {
    event.mapMajor = view.getUint32(body + 32, true);
    event.mapMinor = view.getUint32(body + 36, true);
    event.mapInode = u64(view, body + 40);
    event.mapGeneration = u64(view, body + 48);
  }
  event.prot = view.getUint32(body + 56, true) & 7;
  event.shared = (view.getUint32(body + 60, true) & MAP_SHARED) !== 0;
  setText(event, view, body + 64, end);
}

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}
