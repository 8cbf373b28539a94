/** Unpacks gzip as it comes: with Node's own stream, or with that of a browser. */
import { isSystemError } from "../errors.js";
import { builtin, isNode } from "../platform/host.js";
import { CHUNK } from "./open.js";

/** Bytes to unpack while the reader works on those before. */
const AHEAD = 4 * CHUNK;

/** The packed bytes are damaged, or end too early. */
export class GzipError extends Error {
  readonly isCut: boolean;

  constructor(message: string, isCut: boolean) {
    super(message);
    this.isCut = isCut;
  }
}

/**
 * The unpacked bytes of `packed`. Calls `counted` with a function that returns the packed bytes taken so far, where that is
 * known. Throws GzipError, and what reading `packed` throws.
 */
export function unpacked(
  packed: AsyncIterable<Uint8Array>,
  counted: (taken: () => number) => void,
): AsyncGenerator<Uint8Array> {
  return isNode ? unpackedByNode(packed, counted) : unpackedByBrowser(packed);
}

async function* unpackedByNode(
  packed: AsyncIterable<Uint8Array>,
  counted: (taken: () => number) => void,
): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: CHUNK, highWaterMark: AHEAD };
  const gunzip = builtin("node:zlib").createGunzip(options);
  counted(() => gunzip.bytesWritten);
  const feeding = builtin("node:stream").Readable.from(packed, { objectMode: true });
  feeding.on("error", (error) => gunzip.destroy(error));
  feeding.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (isSystemError(error) && error.code.startsWith("Z_"))
      throw new GzipError(error.message, error.code === "Z_BUF_ERROR");
    throw error;
  } finally {
    feeding.destroy();
    gunzip.destroy();
  }
}

async function* unpackedByBrowser(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  let failed: { readonly error: unknown } | undefined;
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of packed) await writer.write(chunk as Uint8Array<ArrayBuffer>);
    } catch (error) {
      // What the reader sees says what is wrong with the bytes; only an error of the source itself counts more.
      if (!(error instanceof TypeError)) failed = { error };
      await writer.abort(error);
      return;
    }
    await writer.close();
  };
  const feeding = feed().catch(() => {});
  const reader = stream.readable.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    await feeding;
    if (failed !== undefined) throw failed.error;
    const { message } = error as Error;
    throw new GzipError(message, /truncated|end/i.test(message));
  } finally {
    await reader.cancel().catch(() => {});
  }
}
