/** The `PERF_RECORD_` lines: tasks and mappings. */

import { ascii, type Cursor, I32, U32, U64 } from "./digits.js";
import * as Ev from "./event.js";

const FORK = ascii("FORK(");
const EXITED = ascii("EXIT(");
const COMM = ascii("COMM");
const COMM_EXEC = ascii(" exec");
const COLON_BLANK = ascii(": ");
const BETWEEN = ascii("):(");
const MMAP2 = ascii("MMAP2 ");
const MMAP = ascii("MMAP ");
const MAP_OPEN = ascii(": [0x");
const LENGTH_OPEN = ascii("(0x");
const LENGTH_CLOSE = ascii(") @ ");
const MAP_CLOSE = ascii("]: ");
const LOST = ascii("LOST lost ");
const LOST_SAMPLES = ascii("LOST_SAMPLES lost ");
const KNOWN = [MMAP2, MMAP, FORK, EXITED, COMM, LOST, LOST_SAMPLES];

/** True when one of the records of this file is at the cursor, after its `PERF_RECORD_`. */
export function isRecord(cursor: Cursor): boolean {
  const start = cursor.at;
  for (const name of KNOWN) {
    if (!cursor.take(name)) continue;
    cursor.at = start;
    return true;
  }
  return false;
}

/** Parses a record for which `isRecord` holds. Returns "" or what it expected at the cursor. */
export function parseRecord(cursor: Cursor, event: Ev.TraceEvent): string {
  if (cursor.take(MMAP2) || cursor.take(MMAP)) return parseMap(cursor, event);
  if (cursor.take(FORK)) {
    event.kind = Ev.EV_FORK;
    return parsePairs(cursor, event);
  }
  if (cursor.take(EXITED)) {
    event.kind = Ev.EV_EXIT;
    return parsePairs(cursor, event);
  }
  event.lostSamples = cursor.take(LOST_SAMPLES);
  if (event.lostSamples || cursor.take(LOST)) {
    event.kind = Ev.EV_LOST;
    event.lost = cursor.decimal(U64);
    return cursor.digits === 0 ? "a number of lost events" : "";
  }
  cursor.take(COMM);
  event.kind = Ev.EV_COMM;
  event.exec = cursor.take(COMM_EXEC);
  if (!cursor.take(COLON_BLANK)) return "`: ` and a name";
  return parseComm(cursor, event);
}

/** `PID:TID):(PID:TID)`: the thread this is about, then its parent. */
function parsePairs(cursor: Cursor, event: Ev.TraceEvent): string {
  event.childPid = cursor.decimal(I32);
  if (cursor.digits === 0 || cursor.bytes[cursor.at] !== 58) return "`PID:TID`";
  cursor.at++;
  event.childTid = cursor.decimal(I32);
  if (cursor.digits === 0 || !cursor.take(BETWEEN)) return "`PID:TID):(PID:TID)`";
  event.parentPid = cursor.decimal(I32);
  if (cursor.digits === 0 || cursor.bytes[cursor.at] !== 58) return "`PID:TID`";
  cursor.at++;
  event.parentTid = cursor.decimal(I32);
  if (cursor.digits === 0 || cursor.bytes[cursor.at] !== 41) return "`PID:TID)`";
  return "";
}

/** `NAME:PID/TID`; the name may hold colons and blanks, so this reads from the end. */
function parseComm(cursor: Cursor, event: Ev.TraceEvent): string {
  const { bytes, end } = cursor;
  const name = cursor.at;
  let at = end - 1;
  while (at > name && bytes[at] !== 47) at--;
  const slash = at;
  while (at > name && bytes[at] !== 58) at--;
  if (bytes[at] !== 58 || bytes[slash] !== 47) return "`NAME:PID/TID`";
  event.textStart = name;
  event.textEnd = at;
  cursor.at = at + 1;
  event.childPid = cursor.decimal(I32);
  if (cursor.digits === 0 || cursor.at !== slash) return "`PID/TID` after the name";
  cursor.at = slash + 1;
  event.childTid = cursor.decimal(I32);
  return cursor.digits === 0 ? "a thread number" : "";
}

/** `PID/TID: [0xSTART(0xLENGTH) @ OFFSET MAJ:MIN INODE GENERATION]: PROT NAME`, or a build id for the device. */
function parseMap(cursor: Cursor, event: Ev.TraceEvent): string {
  const bytes = cursor.bytes;
  event.kind = Ev.EV_MAP;
  const negative = bytes[cursor.at] === 45;
  if (negative) cursor.at++;
  event.childPid = cursor.decimal(I32) * (negative ? -1 : 1);
  if (cursor.digits === 0 || bytes[cursor.at] !== 47) return "`PID/TID`";
  cursor.at++;
  event.childTid = cursor.decimal(I32);
  if (cursor.digits === 0 || !cursor.take(MAP_OPEN)) return "`PID/TID: [0x…`";
  event.mapStart = cursor.hex();
  if (cursor.digits === 0 || !cursor.take(LENGTH_OPEN)) return "`START(0xLENGTH)`";
  event.mapLength = cursor.hex();
  if (cursor.digits === 0 || !cursor.take(LENGTH_CLOSE)) return "`) @ OFFSET`";
  if (bytes[cursor.at] === 48 && bytes[cursor.at + 1] === 120) cursor.at += 2;
  event.mapOffset = cursor.hex();
  if (cursor.digits === 0) return "an offset";
  event.mapMajor = Ev.NO_DEVICE;
  event.mapMinor = 0;
  event.mapInode = 0;
  event.mapGeneration = 0;
  if (bytes[cursor.at] === 32 && bytes[cursor.at + 1] !== 60) {
    cursor.at++;
    event.mapMajor = cursor.hex(U32);
    if (cursor.digits === 0 || bytes[cursor.at] !== 58) return "a device, `MAJOR:MINOR`";
    cursor.at++;
    event.mapMinor = cursor.hex(U32);
    if (cursor.digits === 0) return "a device, `MAJOR:MINOR`";
    cursor.blanks();
    event.mapInode = cursor.decimal(U64);
    if (cursor.digits === 0) return "an inode number";
    cursor.blanks();
    event.mapGeneration = cursor.decimal(U64);
    if (cursor.digits === 0) return "an inode generation";
  } else {
    while (cursor.at < cursor.end && bytes[cursor.at] !== 93) cursor.at++;
  }
  if (!cursor.take(MAP_CLOSE)) return "`]: PROT NAME`";
  event.prot = 0;
  event.shared = false;
  for (; cursor.at < cursor.end && bytes[cursor.at] !== 32; cursor.at++) {
    switch (bytes[cursor.at]) {
      case 114: // r
        event.prot |= 1;
        break;
      case 119: // w
        event.prot |= 2;
        break;
      case 120: // x
        event.prot |= 4;
        break;
      case 115: // s
        event.shared = true;
        break;
      case 45: // -
      case 112: // p
        break;
      default:
        return "a protection such as `r-xp`";
    }
  }
  cursor.blanks();
  event.textStart = cursor.at;
  event.textEnd = cursor.end;
  return "";
}
