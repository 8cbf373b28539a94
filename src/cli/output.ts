/**
 * Files that a command writes. We check them before the work begins, so that no work is lost. A file is written whole
 * or not at all.
 */
import { type BigIntStats, constants, fstat } from "node:fs";
import { access, type FileHandle, open, readlink, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { lacking, OutputError, type RmapError, systemReason, UsageError } from "../errors.js";
import { STDIN } from "./input.js";

/**
 * Throws when a file is not writable: OutputError, or UsageError for `-`. Makes no file, so that work that fails
 * later leaves none behind. `option` is the option that names it. `source` is the command's input, which must be
 * another file, and so must what stdout goes to.
 */
export async function checkWritable(option: string, path: string, source = STDIN): Promise<void> {
  if (path === STDIN) throw new UsageError(`${option} takes the name of a file, not "-"`);
  const hint = `${option} takes the name of a file that you can write`;
  const found = await statOf(path);
  if (found?.isDirectory()) throw new OutputError(path, "it is a folder", hint);
  if (found) {
    const read = source === STDIN ? undefined : await statOf(source);
    if (found.isFile() && read && read.dev === found.dev && read.ino === found.ino)
      throw new UsageError(`${option} names the input file: ${path}`, "name another file");
    const printed = await stdoutStat();
    if (found.isFile() && printed?.dev === found.dev && printed.ino === found.ino)
      throw new UsageError(`${option} names the file that stdout goes to: ${path}`, "name another file");
    return mayWrite(path, path, hint);
  }
  const folder = dirname(path);
  const parent = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (parent instanceof Error) {
    const why = parent.code === "ENOENT" ? `there is no folder ${folder}` : systemReason(parent);
    throw new OutputError(path, why, hint);
  }
  if (!parent.isDirectory()) throw new OutputError(path, `${folder} is not a folder`, hint);
  return mayWrite(folder, path, hint);
}

/**
 * The files that a command writes, each with its option, and those that it reads: throws as checkWritable does, and
 * UsageError when two are the same.
 */
export async function checkOutputs(
  outputs: readonly (readonly [option: string, path: unknown])[],
  inputs: readonly string[],
): Promise<void> {
  const options = new Map<string, string>();
  for (const [option, given] of outputs) {
    if (given === undefined) continue;
    const path = String(given);
    await checkWritable(option, path);
    for (const input of inputs) await checkWritable(option, path, input);
    const other = options.get(resolve(path));
    if (other !== undefined)
      throw new UsageError(`${other} and ${option} name one file: ${path}`, "name two");
    options.set(resolve(path), option);
  }
}

/** Writes a file, whole or not at all. Throws OutputError: things may have changed since the first check. */
export async function writeOutput(path: string, text: string): Promise<void> {
  const file = await OutputFile.open(path);
  try {
    await file.write(text);
    await file.commit();
  } finally {
    await file.dispose();
  }
}

let temporaries = 0;

/**
 * A file that we write in pieces. The pieces go to a temporary file beside it. `commit` moves that file into place,
 * and `dispose` removes it. We write directly to a device, a pipe, or a file whose folder takes no other file.
 */
export class OutputFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  /** The path that we write to, and the final path; the same when there is no temporary file. */
  readonly #written: string;
  readonly #becomes: string;
  /** True: remove the file when it is not complete. */
  readonly #removable: boolean;
  #open = true;
  #done = false;

  private constructor(
    path: string,
    handle: FileHandle,
    written: string,
    becomes: string,
    removable: boolean,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#written = written;
    this.#becomes = becomes;
    this.#removable = removable;
  }

  /** Begins to write the file `path`. Throws OutputError, or EnvironmentError when files or memory run out. */
  static async open(path: string): Promise<OutputFile> {
    try {
      const becomes = await targetOf(path);
      const found = await statOf(becomes);
      if (found && !found.isFile()) {
        return new OutputFile(path, await open(becomes, constants.O_WRONLY), becomes, becomes, false);
      }
      const beside = join(dirname(becomes), `.rmap-${process.pid}-${++temporaries}.tmp`);
      try {
        const mode = found ? Number(found.mode & 0o777n) : 0o666;
        const handle = await open(beside, "wx", mode);
        // An old file may have permission bits that the umask removes from a new one.
        if (found) await handle.chmod(mode);
        return new OutputFile(path, handle, beside, becomes, true);
      } catch (error) {
        if (!found || (error as NodeJS.ErrnoException).code !== "EACCES") throw error;
        return new OutputFile(path, await open(becomes, "w"), becomes, becomes, true);
      }
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Writes the next piece. Throws as `open` does. */
  async write(text: string): Promise<void> {
    await this.#try(() => this.#handle.appendFile(text));
  }

  /** The file is complete: moves it into place. Throws as `open` does. */
  async commit(): Promise<void> {
    await this.#try(() => this.#close());
    if (this.#written !== this.#becomes) await this.#try(() => rename(this.#written, this.#becomes));
    this.#done = true;
  }

  /** Removes a file that is not complete. */
  async dispose(): Promise<void> {
    await this.#close().catch(() => {});
    if (!this.#done && this.#removable) await rm(this.#written, { force: true }).catch(() => {});
    this.#done = true;
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }
}

/** The real path of a file, behind its symbolic links. The last link's target need not exist yet. */
export async function targetOf(path: string): Promise<string> {
  let target = path;
  // More links than any system follows.
  for (let links = 0; links < 64; links++) {
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  return path;
}

function statOf(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** What stdout goes to; undefined when it is closed. */
function stdoutStat(): Promise<BigIntStats | undefined> {
  return new Promise((done) => fstat(1, { bigint: true }, (_error, found) => done(found)));
}

async function mayWrite(place: string, path: string, hint: string): Promise<void> {
  try {
    await access(place, constants.W_OK);
  } catch (error) {
    throw new OutputError(path, systemReason(error), hint);
  }
}

/** The error for a file that is not writable. */
function unwritable(path: string, error: unknown): RmapError {
  return lacking(`cannot write ${path}`, error) ?? new OutputError(path, systemReason(error));
}
