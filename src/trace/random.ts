/** Bytes at any place of an input. */

import type { Stats } from "node:fs";
import { builtin } from "../platform/host.js";

/** An input whose bytes can be read in any order. */
export interface RandomBytes {
  readonly size: number;
  /** True: what it gives are its own bytes, without a copy. */
  readonly inMemory?: boolean;
  /** Up to `length` bytes from `at`: fewer only at the end. They may lie in `room`, which has at least that length. */
  read(at: number, length: number, room?: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A regular file, or undefined for every other kind. `path` may be the number of an open file. Throws the system's errors. */
export async function randomFile(path: string | number): Promise<RandomBytes | undefined> {
  const { close, constants, fstat, open } = builtin("node:fs");
  const { promisify } = builtin("node:util");
  const own = typeof path === "string";
  const fd = own
    ? await promisify(open)(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    : (path as number);
  const shut = async () => {
    if (own) await promisify(close)(fd);
  };
  const stats = await (promisify(fstat) as (fd: number) => Promise<Stats>)(fd);
  if (!stats.isFile()) {
    await shut();
    return undefined;
  }
  return { size: stats.size, read: (at, length, room) => readAt(fd, at, length, room), close: shut };
}

/** Bytes in memory. */
export function randomMemory(bytes: Uint8Array): RandomBytes {
  return {
    size: bytes.length,
    inMemory: true,
    read: async (at, length) => bytes.subarray(at, at + length),
    close: async () => {},
  };
}

async function readAt(fd: number, at: number, length: number, room?: Uint8Array): Promise<Uint8Array> {
  const { read } = builtin("node:fs");
  const buffer = room ?? new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = await new Promise<number>((resolve, reject) => {
      read(fd, buffer, done, length - done, at + done, (error, bytes) =>
        error ? reject(error) : resolve(bytes),
      );
    });
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
