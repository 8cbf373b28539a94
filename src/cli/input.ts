/** What a command reads: a file by its path, or stdin for `-`. */
import { readFile } from "node:fs/promises";
import { RmapError, systemReason } from "../errors.js";

/** Stands for stdin among the arguments (a bare `-` would be lost while they are parsed). */
export const STDIN = "/dev/stdin";

/** How an input is called in messages. */
export function inputName(path: string): string {
  return path === STDIN ? "(stdin)" : path;
}

/** Reads all bytes of an input. Throws an RmapError with exit code 5 when it cannot be read. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    if (path !== STDIN) return await readFile(path);
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for an input that cannot be opened or read. */
export function unreadable(path: string, error: unknown): RmapError {
  if (error instanceof RmapError) return error;
  return new RmapError("EINPUT", `cannot read ${inputName(path)}: ${systemReason(error)}`, "", 5);
}
