/** The litmus tests that a command line names: files, folders, archives, and stdin. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Parser, type ReadEntry } from "tar";
import { isSystemError, RmapError, UsageError, unreadable } from "../errors.js";
import type { LitmusFile } from "../lkmm/suite.js";
import { sizeOption } from "../text/numbers.js";
import { printable, shown } from "../text/words.js";
import { fileChunks } from "../trace/open.js";
import { inputName, readText, STDIN } from "./input.js";

/** The end of the names of litmus tests, in folders and archives. */
const LITMUS = ".litmus";
/** What an archive is called. */
const ARCHIVE = /\.(tar|tgz|tbz2?|txz|tar\.\w+)$/i;
/** Bytes of the largest test: the largest known one has 10 KiB. */
const MOST_BYTES = 1 << 20;
/** Bytes of all tests of one archive. */
const MOST_ARCHIVE = 1 << 28;

/**
 * The tests behind the given paths, in the order of the paths and of their names. `-` is stdin. Throws UsageError for a
 * folder or an archive without tests; RmapError with exit code 5 for what is not readable.
 */
export async function litmusFiles(paths: readonly string[]): Promise<LitmusFile[]> {
  const found: LitmusFile[] = [];
  for (const path of paths) {
    const tests = await testsAt(path);
    if (tests.length === 0)
      throw new UsageError(
        `there is no test in ${shown(path)}`,
        `the names of litmus tests end with "${LITMUS}"`,
      );
    for (const test of tests) found.push(test);
  }
  return found;
}

async function testsAt(path: string): Promise<LitmusFile[]> {
  if (path === STDIN) return [await testIn(path)];
  const info = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (info.isDirectory()) return testsInFolder(path);
  return ARCHIVE.test(path) ? testsInArchive(path) : [await testIn(path)];
}

async function testIn(path: string): Promise<LitmusFile> {
  return { file: inputName(path), text: await readText(path, MOST_BYTES) };
}

async function testsInFolder(folder: string): Promise<LitmusFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  // A link may lead to a file; a folder, a pipe or a device is no test, whatever its name.
  const paths = entries
    .filter((entry) => entry.name.endsWith(LITMUS) && (entry.isFile() || entry.isSymbolicLink()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found: LitmusFile[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (info.isFile()) found.push(await testIn(path));
  }
  return found;
}

/** The tests of a tar file, compressed or not. Each has the name that it has in the archive. */
async function testsInArchive(path: string): Promise<LitmusFile[]> {
  const found: LitmusFile[] = [];
  let size = 0;
  let failure: RmapError | undefined;
  const take = (entry: ReadEntry): void => {
    const chunks: Buffer[] = [];
    size += entry.size;
    const isTest = entry.type === "File" && entry.path.endsWith(LITMUS);
    if (size > MOST_ARCHIVE)
      failure ??= tooLarge(path, MOST_ARCHIVE, "unpack it, and give its folders one by one");
    else if (isTest && entry.size > MOST_BYTES)
      failure ??= tooLarge(`${printable(entry.path)} in ${path}`, MOST_BYTES, "leave it out of the archive");
    if (!isTest || failure !== undefined) {
      entry.resume();
      return;
    }
    entry.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
    entry.on("end", () => {
      found.push({
        file: entry.path.replace(/^\.\//, ""),
        text: new TextDecoder().decode(Buffer.concat(chunks)),
      });
    });
  };
  try {
    const parser = new Parser({ strict: true, onReadEntry: take });
    const done = new Promise<void>((resolve, reject) => {
      parser.on("end", () => resolve());
      parser.on("error", reject);
    });
    done.catch(() => {});
    for await (const chunk of fileChunks(path)) {
      parser.write(Buffer.from(chunk));
      if (failure !== undefined) throw failure;
    }
    parser.end();
    await done;
  } catch (error) {
    throw damaged(path, error);
  }
  if (failure !== undefined) throw failure;
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function tooLarge(what: string, limit: number, hint: string): RmapError {
  return new RmapError("EINPUT", `${what} is too large: the limit is ${sizeOption(limit)}`, hint, 5);
}

/** The error for an archive that cannot be read. */
function damaged(path: string, error: unknown): unknown {
  if (error instanceof RmapError) return error;
  const code = String((error as { readonly code?: unknown }).code ?? "");
  const isFormat = code.startsWith("TAR_") || code.startsWith("Z_");
  if (!isFormat) return isSystemError(error) ? unreadable(path, error) : error;
  const why =
    code === "TAR_BAD_ARCHIVE" ? "it is no tar archive, or it is damaged" : (error as Error).message;
  return new RmapError("EINPUT", `cannot read ${path}: ${why}`, "download or copy the file again", 5);
}
