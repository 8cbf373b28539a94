/** The bytes of any kind of file, without a thread that waits for them. */
import { close, constants, fstat, open, read, type Stats } from "node:fs";
import { Socket } from "node:net";
import { isatty, ReadStream } from "node:tty";
import { promisify } from "node:util";

/** Bytes of one read. */
export const CHUNK = 1 << 18;

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat) as (fd: number) => Promise<Stats>;

/**
 * Opens `path` and yields its bytes; calls `onOpen` with the size of a regular file. Waits for a pipe without a
 * writer, but does not block: a program whose thread hangs in the system's open or read cannot exit. Throws the
 * system's errors.
 */
export async function* fileChunks(
  path: string,
  onOpen?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const fd = await openFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let owned = true;
  try {
    const stats = await statFile(fd);
    if (stats.isFIFO() || isatty(fd)) {
      const stream = stats.isFIFO()
        ? new Socket({ fd, readable: true, writable: false })
        : new ReadStream(fd);
      owned = false;
      yield* stream as AsyncIterable<Uint8Array>;
      return;
    }
    if (stats.isFile()) onOpen?.(stats.size);
    for (;;) {
      const chunk = await readChunk(fd);
      if (chunk.length === 0) return;
      yield chunk;
    }
  } finally {
    if (owned) await closeFile(fd);
  }
}

/** The next bytes of a file; none at its end. */
function readChunk(fd: number): Promise<Uint8Array> {
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
  // Reading a folder would look like an empty input.
  if ((await statFile(0)).isDirectory())
    throw Object.assign(new Error("standard input is a folder"), { code: "EISDIR" });
  yield* process.stdin as AsyncIterable<Uint8Array>;
}
