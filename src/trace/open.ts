/** The bytes of any kind of file, without a thread that waits for them. */
import type { Stats } from "node:fs";
import { EnvironmentError } from "../errors.js";
import { builtin, isNode } from "../platform/host.js";

/** Bytes of one read. */
export const CHUNK = 1 << 18;

/** What reading a file needs of Node. Throws EnvironmentError elsewhere. */
function system() {
  if (!isNode) {
    throw new EnvironmentError(
      "there are no files here",
      "fetch the recording, and pass its bytes to traceBytes",
    );
  }
  const { close, constants, fstat, open, read } = builtin("node:fs");
  const { promisify } = builtin("node:util");
  const statFile = promisify(fstat) as (fd: number) => Promise<Stats>;
  return { closeFile: promisify(close), openFile: promisify(open), statFile, constants, read };
}

/**
 * Opens `path` and yields its bytes; calls `onOpen` with the size of a regular file. Waits for a pipe without a
 * writer, but does not block: a program whose thread hangs in the system's open or read cannot exit. Throws the
 * system's errors.
 */
export async function* fileChunks(
  path: string,
  onOpen?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { openFile, closeFile, statFile, constants, read } = system();
  const fd = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let owned = true;
  try {
    const stats = await statFile(fd);
    const stream = stats.isFile() ? undefined : streamOf(fd, stats);
    if (stream !== undefined) {
      owned = false;
      yield* stream as AsyncIterable<Uint8Array>;
      return;
    }
    if (stats.isFile()) onOpen?.(stats.size);
    for (;;) {
      const chunk = await readChunk(fd, read);
      if (chunk.length === 0) return;
      yield chunk;
    }
  } finally {
    if (owned) await closeFile(fd);
  }
}

/** A stream for what may wait for its bytes: a pipe or a terminal. Only those need Node's modules for streams. */
function streamOf(fd: number, stats: Stats) {
  if (stats.isFIFO()) return new (builtin("node:net").Socket)({ fd, readable: true, writable: false });
  const { isatty, ReadStream } = builtin("node:tty");
  return isatty(fd) ? new ReadStream(fd) : undefined;
}

/** The next bytes of a file; none at its end. */
function readChunk(fd: number, read: typeof import("node:fs").read): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, CHUNK, null, (error, bytes) => {
      if (error) reject(error);
      else resolve(buffer.subarray(0, bytes));
    });
  });
}

/** The bytes of standard input. Throws the system's errors. */
export async function* stdinChunks(): AsyncGenerator<Uint8Array> {
  const { statFile } = system();
  // Reading a folder would look like an empty input.
  if ((await statFile(0)).isDirectory())
    throw Object.assign(new Error("standard input is a folder"), { code: "EISDIR" });
  yield* process.stdin as AsyncIterable<Uint8Array>;
}
