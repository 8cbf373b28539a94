/** Reads a perf.data recording, in its file form or in its pipe form. */

import type { InputError } from "../../errors.js";
import type { TraceVisitor } from "../event.js";
import type { RandomBytes } from "../random.js";
import { randomMemory } from "../random.js";
import { FILE_HEADER, PIPE_HEADER, readFileHeader } from "./file.js";
import { Problems, RECORD } from "./problem.js";
import { Session } from "./session.js";
import { readSymbols } from "./symbols.js";

/** Bytes of one read. */
const CHUNK = 1 << 19;
/** The most bytes of a recording that must be in memory whole. */
const MOST_IN_MEMORY = 2 ** 29;

/** A recording's bytes: in order, and in any order where the source can do that. */
export interface PerfInput {
  readonly name: string;
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** Opens the bytes for reading in any order; undefined where they come in order only. */
  readonly random: () => Promise<RandomBytes | undefined>;
  /** Called with the number of bytes read so far, and their total. */
  readonly onRead?: (bytes: number, total: number) => void;
  /** Called for each frame of the kernel in the stack of a page count, with the low 48 bits of its address. */
  readonly onFrame?: (address: number) => void;
}

/** How far the reading is. */
export interface ReadStep {
  /** Events so far. */
  readonly events: number;
  /** True when the visitor asked for a stop. */
  readonly more: boolean;
  /** What this step took, without waits for input. */
  readonly milliseconds: number;
}

/** Says whether a recording begins with these bytes. */
export function isPerfData(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/** Throws InputError for a recording of perf that a replay cannot read at all. */
export function refuseOtherPerf(head: Uint8Array, name: string): void {
  const problems = new Problems(name);
  if (SWAPPED.every((byte, i) => head[i] === byte))
    throw problems.refused(
      "this recording comes from a machine with big-endian numbers; a replay reads little-endian ones",
      `record it on a little-endian machine with: ${RECORD}`,
    );
  if (OLD.every((byte, i) => head[i] === byte))
    throw problems.refused("this recording is in the form that perf wrote before 2010 (magic PERFFILE)");
}

/** The error for a recording that perf wrote as a folder. */
export function perfFolder(name: string): InputError {
  return new Problems(name).refused(
    "this recording is a folder (perf record --threads or --kcore), which a replay does not read",
  );
}

const MAGIC = new TextEncoder().encode("PERFILE2");
const SWAPPED = [...MAGIC].reverse();
const OLD = new TextEncoder().encode("PERFFILE");

/**
 * Reads a recording to its end. `pause` is called whenever the visitor asked for a stop, and after each piece of
 * input; the reading waits for it. Returns the number of events. Throws InputError for a recording that is cut off,
 * damaged, or without what a replay needs.
 */
export async function readPerfData(
  input: PerfInput,
  visitor: TraceVisitor,
  pause: (step: ReadStep) => void | Promise<void>,
): Promise<number> {
  const problems = new Problems(input.name);
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < PIPE_HEADER) {
    const next = await input.chunks.next();
    if (next.done) throw problems.cut(head.length, "its header");
    head = joined([head, next.value], head.length + next.value.length);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const size = view.getUint32(8, true);
  const run = async (session: Session, chunk: Uint8Array | undefined) => {
    let piece = chunk;
    for (;;) {
      const start = performance.now();
      if (piece !== undefined) session.append(piece);
      piece = undefined;
      const more = session.advance();
      await pause({ events: session.delivered, more, milliseconds: performance.now() - start });
      if (!more) return;
    }
  };
  if (size === PIPE_HEADER) {
    const session = new Session(problems, visitor, PIPE_HEADER);
    await run(session, head.subarray(PIPE_HEADER));
    for await (const chunk of input.chunks) await run(session, chunk);
    session.finish(true);
    await run(session, undefined);
    return session.delivered;
  }
  if (size !== FILE_HEADER)
    throw problems.damaged(
      8,
      `a perf.data header of ${size} bytes: expected ${FILE_HEADER} or ${PIPE_HEADER}`,
    );
  const file = (await sameFile(input)) ?? randomMemory(await whole(head, input, problems));
  try {
    await input.chunks.return(undefined);
    const session = new Session(problems, visitor, 0);
    if (input.onFrame !== undefined) session.onFrame = input.onFrame;
    const data = await readFileHeader(file, session.events, problems);
    session.functions(await readSymbols(file));
    session.begin(data.at);
    // The next bytes are read while the last ones are replayed: two rooms in turn.
    const room = () => new Uint8Array(file.inMemory ? 0 : Math.min(CHUNK, data.size));
    const rooms = [room(), room()] as const;
    let turn = 0;
    const piece = (at: number) =>
      file.read(data.at + at, Math.min(CHUNK, data.size - at), rooms[turn++ % 2 === 0 ? 0 : 1]);
    let next = piece(0);
    for (let at = 0; at < data.size; ) {
      const chunk = await next;
      at += chunk.length;
      if (chunk.length === 0) throw problems.cut(data.at + at, "its records, or what stands behind them");
      next = piece(at);
      input.onRead?.(at, data.size);
      await run(session, chunk);
    }
    await next;
    session.finish(false);
    await run(session, undefined);
    return session.delivered;
  } finally {
    await file.close();
  }
}

/** The input's file, if the recording lies in it as it is, and not packed. */
async function sameFile(input: PerfInput): Promise<RandomBytes | undefined> {
  const file = await input.random();
  if (file === undefined || isPerfData(await file.read(0, MAGIC.length))) return file;
  await file.close();
  return undefined;
}

/** All bytes of an input that comes in order only: the file form is read from its end. */
async function whole(head: Uint8Array, input: PerfInput, problems: Problems): Promise<Uint8Array> {
  const chunks = [head];
  let size = head.length;
  for await (const chunk of input.chunks) {
    size += chunk.length;
    if (size > MOST_IN_MEMORY)
      throw problems.refused(
        `this recording has more than ${MOST_IN_MEMORY / 2 ** 20} MiB and comes packed or through a pipe, but its form needs a file`,
        "give the unpacked file's path",
      );
    chunks.push(chunk);
  }
  return joined(chunks, size);
}

/** Pieces as one, of `size` bytes. One piece stays where it is: a recording in memory may be large. */
function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = pieces.find((piece) => piece.length === size);
  if (whole !== undefined) return whole;
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
