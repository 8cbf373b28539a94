/** Tracepoints' raw data to events, by the layouts that the recording brings along. */

import * as Ev from "../event.js";
import type { Field, Format } from "./tracing.js";

/** Fills an event from raw data at `at` of `view`, which are `size` bytes. */
export type Decode = (event: Ev.TraceEvent, view: DataView, at: number, size: number) => void;

/** The tracepoints without which a recording says nothing about memory. */
export const NEEDED = ["exceptions:page_fault_user", "kmem:rss_stat"];

/** A recording's layout lacks a field. */
export class FieldError extends Error {}

/** How to read a tracepoint. Throws FieldError when its layout lacks a field that a replay needs. */
export function decoderOf(format: Format): Decode {
  const { name } = format;
  const known = KNOWN[name];
  if (known !== undefined) return known(format);
  const call = /^syscalls:sys_(enter|exit)_(\w+)$/.exec(name);
  const number = call === null ? -1 : Ev.CALL_NAMES.indexOf(call[2] as string);
  if (number < 0) return other(name);
  return call?.[1] === "enter" ? enter(format, number) : exit(format, number);
}

/** An event that a replay does not use: only its name counts. */
export function other(name: string): Decode {
  const text = new TextEncoder().encode(name);
  return (event) => {
    event.kind = Ev.EV_OTHER;
    event.source = text;
    event.textStart = 0;
    event.textEnd = text.length;
  };
}

const KNOWN: Readonly<Record<string, (format: Format) => Decode>> = {
  "exceptions:page_fault_user": (format) => fault(format, Ev.EV_FAULT_USER),
  "exceptions:page_fault_kernel": (format) => fault(format, Ev.EV_FAULT_KERNEL),
  "kmem:rss_stat": rssStat,
  "sched:sched_process_fork": (format) => {
    const child = signed(format, "child_pid");
    return (event, view, at) => {
      event.kind = Ev.EV_SCHED_FORK;
      event.exec = false;
      event.childPid = -1;
      event.childTid = child(view, at);
    };
  },
  "sched:sched_process_exec": (format) => {
    const file = unsigned(format, "filename");
    const now = signed(format, "pid");
    const before = signed(format, "old_pid");
    return (event, view, at, size) => {
      const place = file(view, at);
      const start = Math.min(place & 0xffff, size);
      event.kind = Ev.EV_SCHED_EXEC;
      event.exec = false;
      event.childTid = now(view, at);
      event.parentTid = before(view, at);
      setText(event, view, at + start, at + Math.min(start + (place >>> 16), size));
    };
  },
  "sched:sched_process_exit": (format) => {
    const ended = signed(format, "pid");
    const dead = format.fields.some(({ name }) => name === "group_dead")
      ? unsigned(format, "group_dead")
      : undefined;
    return (event, view, at) => {
      event.kind = Ev.EV_SCHED_EXIT;
      event.exec = false;
      event.childTid = ended(view, at);
      event.groupDead = dead !== undefined && dead(view, at) !== 0;
    };
  },
};

/** The event's text: bytes of the view up to a NUL. */
export function setText(event: Ev.TraceEvent, view: DataView, start: number, end: number): void {
  const bytes = event.source;
  event.textStart = start;
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  event.textEnd = at;
  if (view.byteLength < end) event.textEnd = Math.min(at, view.byteLength);
}

function fault(format: Format, kind: number): Decode {
  const address = unsigned(format, "address");
  const code = unsigned(format, "error_code");
  return (event, view, at) => {
    event.kind = kind;
    event.address = address(view, at);
    event.errorCode = code(view, at);
  };
}

function rssStat(format: Format): Decode {
  const mmId = unsigned(format, "mm_id");
  const current = unsigned(format, "curr");
  const member = unsigned(format, "member");
  const size = signed(format, "size");
  return (event, view, at) => {
    event.kind = Ev.EV_RSS_STAT;
    event.mmId = mmId(view, at);
    event.current = current(view, at) !== 0;
    event.counter = member(view, at);
    event.bytes = size(view, at);
  };
}

function enter(format: Format, call: number): Decode {
  const fields = format.fields.filter(
    ({ name }) => !name.startsWith("common_") && !name.startsWith("__syscall"),
  );
  const count = Ev.CALL_ARGUMENTS[call] as number;
  if (fields.length < count)
    throw new FieldError(`${format.name} has ${fields.length} of ${count} arguments`);
  const readers = fields.slice(0, count).map(readUnsigned);
  return (event, view, at) => {
    event.kind = Ev.EV_SYS_ENTER;
    event.call = call;
    for (let i = 0; i < count; i++) event.args[i] = (readers[i] as Read)(view, at);
  };
}

function exit(format: Format, call: number): Decode {
  const result = unsigned(format, "ret");
  return (event, view, at) => {
    event.kind = Ev.EV_SYS_EXIT;
    event.call = call;
    event.result = result(view, at);
  };
}

type Read = (view: DataView, at: number) => number;

function fieldOf(format: Format, name: string): Field {
  const found = format.fields.find((field) => field.name === name);
  if (found === undefined) throw new FieldError(`${format.name} has no field \`${name}\``);
  return found;
}

function unsigned(format: Format, name: string): Read {
  return readUnsigned(fieldOf(format, name));
}

function readUnsigned({ at: place, size }: Field): Read {
  switch (size) {
    case 1:
      return (view, at) => view.getUint8(at + place);
    case 2:
      return (view, at) => view.getUint16(at + place, true);
    case 4:
      return (view, at) => view.getUint32(at + place, true);
    default:
      return (view, at) => view.getUint32(at + place, true) + view.getUint32(at + place + 4, true) * 2 ** 32;
  }
}

function signed(format: Format, name: string): Read {
  const { at: place, size } = fieldOf(format, name);
  if (size === 4) return (view, at) => view.getInt32(at + place, true);
  return (view, at) => view.getUint32(at + place, true) + view.getInt32(at + place + 4, true) * 2 ** 32;
}

/** The bytes of raw data that a tracepoint's fields reach. */
export function reach(format: Format): number {
  return format.fields.reduce((most, { at, size }) => Math.max(most, at + size), 0);
}
