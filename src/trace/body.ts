/** Parses the part of a line after the time: the event's name and its fields. */

import { ascii, type Cursor, I32, U32, U64 } from "./digits.js";
import * as Ev from "./event.js";
import { isRecord, parseRecord } from "./record.js";

const FAULT = ascii("exceptions:page_fault_");
const USER = ascii("user: ");
const KERNEL = ascii("kernel: ");
const ADDRESS = ascii("address=");
const ERROR_CODE = ascii(" error_code=0x");
const RSS = ascii("kmem:rss_stat: ");
const MM_ID = ascii("mm_id=");
const CURR = ascii(" curr=");
const TYPE = ascii(" type=MM_");
const SIZE = ascii(" size=");
const SYS = ascii("syscalls:sys_");
const ENTER = ascii("enter_");
const EXIT = ascii("exit_");
const CALLS = Ev.CALL_NAMES.map(ascii);
const RECORD = ascii("PERF_RECORD_");
const SCHED = ascii("sched:sched_process_");
const SCHED_FORK = ascii("fork: ");
const SCHED_EXEC = ascii("exec: ");
const SCHED_EXIT = ascii("exit: ");
const CHILD_PID = ascii(" child_pid=");
const PID = ascii(" pid=");
const OLD_PID = ascii(" old_pid=");
const FILENAME = ascii("filename=");
const GROUP_DEAD = ascii(" group_dead=true");
const COUNTERS: readonly (readonly [Uint8Array, number])[] = [
  [ascii("FILEPAGES"), Ev.RSS_FILE],
  [ascii("SWAPENTS"), Ev.RSS_SWAP],
  [ascii("SHMEMPAGES"), Ev.RSS_SHMEM],
];
const ANON = ascii("ANONPAGES");

/** Parses from the event's name on. Returns "" or what it expected at the cursor. */
export function parseBody(cursor: Cursor, event: Ev.TraceEvent): string {
  const start = cursor.at;
  switch (cursor.bytes[start]) {
    case 101: // e
      if (cursor.take(FAULT)) return parseFault(cursor, event);
      break;
    case 107: // k
      if (cursor.take(RSS)) return parseRss(cursor, event);
      break;
    case 115: // s
      if (cursor.take(SYS)) return parseCall(cursor, event, start);
      if (cursor.take(SCHED)) return parseSched(cursor, event, start);
      break;
    case 80: // P
      if (cursor.take(RECORD) && isRecord(cursor)) return parseRecord(cursor, event);
      break;
  }
  return other(cursor, event, start);
}

/** An event that a replay does not use: reads only its name. */
function other(cursor: Cursor, event: Ev.TraceEvent, start: number): string {
  const { bytes, end } = cursor;
  let at = start;
  // The name ends at a blank, an opening bracket, or a colon that a blank or the line's end follows.
  for (; at < end; at++) {
    const c = bytes[at];
    if (c === 32 || c === 40) break;
    if (c === 58 && (at + 1 === end || bytes[at + 1] === 32)) break;
  }
  if (at === start) return "an event name";
  if (at === end && bytes[start] !== 80) {
    // A record may end here, but a tracepoint's name has a colon: the line is cut off.
    cursor.at = at;
    return "`:` after the event's name";
  }
  event.kind = Ev.EV_OTHER;
  event.textStart = start;
  event.textEnd = at;
  return "";
}

/** `address=0x… ip=… error_code=0x…`; the ip may be a symbol. */
function parseFault(cursor: Cursor, event: Ev.TraceEvent): string {
  if (cursor.take(USER)) event.kind = Ev.EV_FAULT_USER;
  else if (cursor.take(KERNEL)) event.kind = Ev.EV_FAULT_KERNEL;
  else return "`user: ` or `kernel: `";
  if (!cursor.take(ADDRESS)) return "`address=`";
  const bytes = cursor.bytes;
  if (bytes[cursor.at] === 48 && bytes[cursor.at + 1] === 120) {
    cursor.at += 2;
    event.address = cursor.hex();
    if (cursor.digits === 0) return "a hexadecimal address";
  } else {
    event.address = -1;
  }
  const { end } = cursor;
  for (let at = cursor.at; ; at++) {
    while (at < end && bytes[at] !== 32) at++;
    if (at >= end) return "` error_code=0x`";
    cursor.at = at;
    if (cursor.take(ERROR_CODE)) break;
  }
  event.errorCode = cursor.hex();
  return cursor.digits === 0 ? "hexadecimal digits" : "";
}

/** `mm_id=N curr=0|1 type=MM_… size=NB`. */
function parseRss(cursor: Cursor, event: Ev.TraceEvent): string {
  event.kind = Ev.EV_RSS_STAT;
  if (!cursor.take(MM_ID)) return "`mm_id=`";
  event.mmId = cursor.decimal(U32);
  if (cursor.digits === 0) return "a number after `mm_id=`";
  if (!cursor.take(CURR)) return "` curr=`";
  event.current = cursor.decimal(1) !== 0;
  if (cursor.digits === 0) return "0 or 1 after `curr=`";
  if (!cursor.take(TYPE)) return "` type=MM_`";
  if (cursor.take(ANON)) {
    event.counter = Ev.RSS_ANON;
  } else {
    const found = COUNTERS.find(([name]) => cursor.take(name));
    if (found === undefined) return "ANONPAGES, FILEPAGES, SWAPENTS or SHMEMPAGES";
    event.counter = found[1];
  }
  if (!cursor.take(SIZE)) return "` size=`";
  const negative = cursor.bytes[cursor.at] === 45;
  if (negative) cursor.at++;
  const bytes = cursor.decimal(U64);
  if (cursor.digits === 0) return "a number of bytes";
  event.bytes = negative ? -bytes : bytes;
  return "";
}

/** `enter_NAME: field: 0x…, …` or `exit_NAME: 0x…`. */
function parseCall(cursor: Cursor, event: Ev.TraceEvent, start: number): string {
  const enter = cursor.take(ENTER);
  if (!enter && !cursor.take(EXIT)) return other(cursor, event, start);
  let call = 0;
  for (; call < CALLS.length; call++) {
    const at = cursor.at;
    if (cursor.take(CALLS[call] as Uint8Array) && cursor.bytes[cursor.at] === 58) break;
    cursor.at = at;
  }
  if (call === CALLS.length) return other(cursor, event, start);
  event.call = call;
  if (!enter) {
    event.kind = Ev.EV_SYS_EXIT;
    if (!cursor.nextHex()) return "a result, `0x…`";
    event.result = cursor.hex();
    return cursor.digits === 0 ? "hexadecimal digits" : "";
  }
  event.kind = Ev.EV_SYS_ENTER;
  const count = Ev.CALL_ARGUMENTS[call] as number;
  for (let i = 0; i < count; i++) {
    if (!cursor.nextHex()) {
      cursor.at = cursor.end;
      return `${count} arguments \`NAME: 0x…\` (there are ${i})`;
    }
    event.args[i] = cursor.hex();
    if (cursor.digits === 0) return "hexadecimal digits";
  }
  return "";
}

function parseSched(cursor: Cursor, event: Ev.TraceEvent, start: number): string {
  event.exec = false;
  if (cursor.take(SCHED_FORK)) {
    event.kind = Ev.EV_SCHED_FORK;
    event.childPid = -1;
    if (!lastField(cursor, CHILD_PID)) return "` child_pid=`";
    event.childTid = cursor.decimal(I32);
    return cursor.digits === 0 ? "a number after `child_pid=`" : "";
  }
  if (cursor.take(SCHED_EXEC)) {
    event.kind = Ev.EV_SCHED_EXEC;
    if (!cursor.take(FILENAME)) return "`filename=`";
    event.textStart = cursor.at;
    if (!lastField(cursor, PID)) return "` pid=`";
    event.textEnd = cursor.at - PID.length;
    event.childTid = cursor.decimal(I32);
    if (cursor.digits === 0) return "a number after `pid=`";
    if (!cursor.take(OLD_PID)) return "` old_pid=`";
    event.parentTid = cursor.decimal(I32);
    return cursor.digits === 0 ? "a number after `old_pid=`" : "";
  }
  if (cursor.take(SCHED_EXIT)) {
    event.kind = Ev.EV_SCHED_EXIT;
    if (!lastField(cursor, PID)) return "` pid=`";
    event.childTid = cursor.decimal(I32);
    if (cursor.digits === 0) return "a number after `pid=`";
    event.groupDead = lastField(cursor, GROUP_DEAD);
    return "";
  }
  return other(cursor, event, start);
}

/**
 * Moves past the last occurrence of `field`, because a comm before it may contain anything. Without one the cursor
 * stays.
 */
function lastField(cursor: Cursor, field: Uint8Array): boolean {
  const start = cursor.at;
  for (let at = cursor.end - field.length; at >= start; at--) {
    cursor.at = at;
    if (cursor.take(field)) return true;
  }
  cursor.at = start;
  return false;
}
