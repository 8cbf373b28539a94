/** Files that a command writes: looked at before its work begins, since nobody wants to measure for nothing. */
import { constants } from "node:fs";
import { access, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { OutputError, systemReason, UsageError } from "../errors.js";
import { STDIN } from "./input.js";

/**
 * Throws when a file will not be writable: OutputError, or UsageError for `-`. Makes no file: work that fails afterwards
 * leaves none behind. `option` is the option that names it.
 */
export async function checkWritable(option: string, path: string): Promise<void> {
  if (path === STDIN) throw new UsageError(`${option} takes the name of a file, not "-"`);
  const hint = `${option} takes the name of a file that can be written`;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new OutputError(path, "it is a folder", hint);
  if (found) return mayWrite(path, path, hint);
  const folder = dirname(path);
  const parent = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (parent instanceof Error) {
    const why = parent.code === "ENOENT" ? `there is no folder ${folder}` : systemReason(parent);
    throw new OutputError(path, why, hint);
  }
  if (!parent.isDirectory()) throw new OutputError(path, `${folder} is no folder`, hint);
  return mayWrite(folder, path, hint);
}

/** Writes a file. Throws OutputError: what could be written before may have changed meanwhile. */
export async function writeOutput(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new OutputError(path, systemReason(error));
  }
}

async function mayWrite(place: string, path: string, hint: string): Promise<void> {
  try {
    await access(place, constants.W_OK);
  } catch (error) {
    throw new OutputError(path, systemReason(error), hint);
  }
}
