/** The file form of a recording: a header, the events, the records, and behind them what describes them. */

import type { RandomBytes } from "../random.js";
import { type Events, readIds } from "./events.js";
import type { Problems } from "./problem.js";
import { parseTracing } from "./tracing.js";

/** Bytes of the file form's header, and of the pipe form's. */
export const FILE_HEADER = 104;
export const PIPE_HEADER = 16;

const TRACING_DATA = 1;
const EVENT_DESC = 12;
const DIR_FORMAT = 24;
const COMPRESSED = 27;
const FEATURE_BITS = 256;
/** The most bytes of one description. */
const MOST = 2 ** 28;

/** A part of the file. */
export interface Section {
  readonly at: number;
  readonly size: number;
}

/** Reads everything but the records into `events`. Returns where the records are. Throws InputError for a cut file. */
export async function readFileHeader(
  file: RandomBytes,
  events: Events,
  problems: Problems,
): Promise<Section> {
  const head = viewOf(await file.read(0, FILE_HEADER));
  if (head.byteLength < FILE_HEADER) throw problems.cut(head.byteLength, "its header");
  const attrs = sectionAt(head, 24);
  const data = sectionAt(head, 40);
  if (data.size === 0)
    throw problems.refused(
      "perf did not end this recording: its header counts no records",
      "record again, and let perf end by itself or by Ctrl-C",
    );
  const read = async ({ at, size }: Section) => {
    if (at + size > file.size) throw problems.cut(file.size, "its records, or what stands behind them");
    if (size > MOST) throw problems.damaged(at, `a description of ${size} bytes`);
    return file.read(at, size);
  };
  if (data.at + data.size > file.size)
    throw problems.cut(file.size, "its records, or what stands behind them");
  await readAttrs(viewOf(await read(attrs)), head.getUint32(16, true), attrs.at, events, problems, read);
  const present = [...Array(FEATURE_BITS).keys()].filter(
    (bit) => ((head.getUint32(72 + (bit >>> 5) * 4, true) >>> (bit & 31)) & 1) === 1,
  );
  if (present.includes(DIR_FORMAT))
    throw problems.refused("this is one file of a recording in a folder (perf record --threads)");
  if (present.includes(COMPRESSED)) throw problems.compressed();
  const table = viewOf(await read({ at: data.at + data.size, size: present.length * 16 }));
  for (const [index, feature] of present.entries()) {
    const section = sectionAt(table, index * 16);
    if (section.at + section.size > file.size)
      throw problems.cut(file.size, "its records, or what stands behind them");
    if (feature === TRACING_DATA) events.formats = parseTracing(await read(section), section.at, problems);
    else if (feature === EVENT_DESC) readNames(viewOf(await read(section)), events);
  }
  return data;
}

async function readAttrs(
  view: DataView,
  each: number,
  offset: number,
  events: Events,
  problems: Problems,
  read: (section: Section) => Promise<Uint8Array>,
): Promise<void> {
  // Behind each event's attributes stands where its ids are.
  if (each < 80) throw problems.damaged(16, `${each} bytes for an event`);
  for (let at = 0; at + each <= view.byteLength; at += each) {
    const ids = viewOf(await read(sectionAt(view, at + each - 16)));
    events.add(view, at, offset + at, () => readIds(ids, 0, ids.byteLength));
  }
}

/** The names of the events, each with its ids. A damaged list gives fewer names. */
function readNames(view: DataView, events: Events): void {
  if (view.byteLength < 8) return;
  const each = view.getUint32(4, true);
  let at = 8;
  for (let left = view.getUint32(0, true); left > 0 && at + each + 8 <= view.byteLength; left--) {
    at += each;
    const ids = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    at += 8;
    if (at + length + ids * 8 > view.byteLength) return;
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
    at += length;
    for (const id of readIds(view, at, at + ids * 8)) events.name(id, name.replace(/\0.*$/s, ""));
    at += ids * 8;
  }
}

function sectionAt(view: DataView, at: number): Section {
  const u64 = (place: number) => view.getUint32(place, true) + view.getUint32(place + 4, true) * 2 ** 32;
  return { at: u64(at), size: u64(at + 8) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
