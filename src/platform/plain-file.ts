/** Reads a whole file that the user names: only a plain one, up to a size. A pipe or a device may never end. */
import type { Dirent } from "node:fs";
import { builtin } from "./host.js";

/**
 * The path is not a plain file, or the file is too large. The message completes the sentence "FILE cannot be read:
 * …".
 */
export class NoPlainFile extends Error {}

/**
 * The bytes of a plain file of at most `most` bytes, under Node. `links`: the name may be a symbolic link. Throws NoPlainFile
 * for anything else, before it is opened, and the system's errors.
 */
export async function readPlainFile(
  file: string | URL,
  most: number,
  links: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const { lstat, readFile, stat } = builtin("node:fs/promises");
  const found = await (links ? stat : lstat)(file);
  if (!found.isFile()) throw new NoPlainFile(`it is ${kindOf(found)}, not a file`);
  if (found.size > most) throw new NoPlainFile(`it has more than ${most / 2 ** 20} MiB`);
  return readFile(file);
}

/** The kind of an entry of a folder that is not a plain file. */
export function kindOf(
  entry: Pick<Dirent, "isSymbolicLink" | "isFIFO" | "isSocket" | "isDirectory">,
): string {
  if (entry.isSymbolicLink()) return "a symbolic link";
  if (entry.isFIFO()) return "a named pipe";
  if (entry.isSocket()) return "a socket";
  return entry.isDirectory() ? "a folder" : "a device";
}
