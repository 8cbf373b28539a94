/** Input that a command reads whole: a file by its path, or stdin for `-`, up to a limit. */
import { createGunzip } from "node:zlib";
import { InputError, isSystemError, RmapError, unreadable } from "../errors.js";
import { sizeOption } from "../text/numbers.js";
import { fileChunks, stdinChunks } from "../trace/open.js";

/** Stands for stdin among the arguments. */
export const STDIN = "-";

/** The name of an input in messages. */
export function inputName(path: string): string {
  return path === STDIN ? "(stdin)" : path;
}

/**
 * Reads an input as UTF-8 text of at most `limit` bytes, and unpacks gzip. Throws RmapError with exit code 5 when the
 * input is not readable, too large, or not UTF-8; with 3 when memory or open files run out.
 */
export async function readText(path: string, limit: number): Promise<string> {
  try {
    const bytes = await readBytes(path, limit);
    const [first, second] = bytes;
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      const place = { file: inputName(path), line: 1, column: 1 };
      const hint = "convert it first: iconv -f UTF-16 -t UTF-8";
      throw new InputError(place, "this is text in UTF-16; expected text in UTF-8", hint);
    }
    return new TextDecoder().decode(bytes);
  } catch (error) {
    throw readError(path, error);
  }
}

/** The bytes of an input. Stops as soon as there are too many. */
async function readBytes(path: string, limit: number): Promise<Uint8Array> {
  const input = path === STDIN ? stdinChunks() : fileChunks(path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const take = (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > limit) throw tooLarge(path, limit);
    chunks.push(chunk);
  };
  for await (const chunk of input) take(chunk);
  const bytes = Buffer.concat(chunks);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  chunks.length = size = 0;
  const gunzip = createGunzip();
  gunzip.end(bytes);
  for await (const chunk of gunzip as AsyncIterable<Uint8Array>) take(chunk);
  return Buffer.concat(chunks);
}

function tooLarge(path: string, limit: number): RmapError {
  const most = sizeOption(limit);
  return new RmapError(
    "EINPUT",
    `${inputName(path)} is too large: the limit is ${most}`,
    "check that this is the right file",
    5,
  );
}

/** The error for an input that we cannot open, read or unpack. Other errors stay as they are. */
function readError(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const name = inputName(path);
  if (!error.code.startsWith("Z_")) return unreadable(name, error);
  const why =
    error.code === "Z_BUF_ERROR"
      ? "the gzip stream ends too early"
      : `the gzip stream is damaged (${error.message})`;
  return new RmapError("EINPUT", `cannot read ${name}: ${why}`, "download or copy the file again", 5);
}
