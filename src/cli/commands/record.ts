/** `rmap record`: records a program with perf, so that it can be replayed. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { constants as system } from "node:os";
import { delimiter, join } from "node:path";
import { EnvironmentError, InputError, OutputError, systemReason, UsageError } from "../../errors.js";
import { bytes } from "../../text/numbers.js";
import { shown } from "../../text/words.js";
import type { Command } from "../command.js";
import type { Disposable } from "../context.js";
import { checkWritable, targetOf } from "../output.js";
import { lacksOf, type Machine, thisMachine } from "../record/checks.js";
import { perfArguments, type Target } from "../record/events.js";
import { appendSymbols } from "../record/symbols.js";
import { parseInteger } from "../size.js";

/** The highest number of a process. */
const LAST_PID = 2 ** 22;

export const record: Command = {
  usage: "record [...command]",
  summary: "Record a program's memory with perf, to replay it; its exit code is passed on",
  options: [
    ["-o, --output <file>", "The recording's file"],
    ["--pid <n>", "Record a running process, until it ends or you press Ctrl-C"],
    ["--all", "Record all processes of the machine"],
  ],
  examples: [
    "record -o ls.data -- ls -l",
    "record -o server.data --pid 4711",
    "record -o all.data --all -- sleep 10",
  ],
  reading: "docs/recordings.md: what is recorded, what perf needs, how a replay is compared with the kernel",
  passesArguments: true,
  async run(command, options, context) {
    const { output, pid, all } = options;
    if (output === undefined)
      throw new UsageError("record needs a file", "name it: rmap record -o FILE -- COMMAND");
    const target: Target = {
      command,
      ...(pid !== undefined && { pid: parseInteger("--pid", pid, 1, LAST_PID) }),
      all: all === true,
    };
    checkTarget(target);
    const path = String(output);
    await checkWritable("-o", path);
    await checkPlace(path);
    const machine = thisMachine();
    checkMachine(machine);
    const file = await targetOf(path);
    const recording = new Recording(file, perfArguments(partOf(file), target, machine.has));
    return context.using(recording, async () => {
      const code = await recording.ended;
      const { size, unnamed, broken } = await recording.keep();
      if (broken !== undefined)
        throw new EnvironmentError(
          `perf has not finished the recording ${path}: ${broken}`,
          "look whether its folder has room, and whether the command can run",
        );
      if (unnamed !== undefined)
        context.note(`the recording does not name the kernel's functions: ${unnamed}`);
      context.note(`recorded ${bytes(size)}; replay it with: rmap replay ${path}`);
      return code;
    });
  },
};

function checkTarget({ command: [program], pid, all }: Target): void {
  if (pid !== undefined && all)
    throw new UsageError("--pid and --all exclude each other", "leave out one of the two");
  if (program === undefined) {
    if (pid === undefined && !all)
      throw new UsageError("record needs a command", "give it behind `--`: rmap record -o FILE -- COMMAND");
  } else if (pid !== undefined) {
    throw new UsageError(
      "--pid records a running process, so it takes no command",
      "leave out one of the two",
    );
  } else if (!isProgram(program)) {
    throw new UsageError(`there is no program "${shown(program)}"`, "check its name, and the PATH");
  }
  if (pid !== undefined && !existsSync(`/proc/${pid}`))
    throw new UsageError(`there is no process ${pid}`, "see `ps -e`");
}

/** The finished recording takes the file's name, so it must not take the name of a device or a pipe. */
async function checkPlace(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile())
    throw new OutputError(path, "it is a device or a pipe", "-o takes the name of a file that you can write");
}

/** Throws EnvironmentError that names everything that is lacking. */
function checkMachine(machine: Machine): void {
  const lacks = lacksOf(machine);
  if (lacks.length === 0) return;
  throw new EnvironmentError(
    `cannot record: ${lacks.map(({ what }) => what).join("; ")}`,
    [...new Set(lacks.map(({ remedy }) => remedy))].join("; "),
  );
}

/** True for a file that can run, found as a shell finds it. */
function isProgram(name: string): boolean {
  const places = name.includes("/")
    ? [name]
    : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

/** perf writes here first: a recording that was not ended leaves no file behind, and an older file stays until then. */
function partOf(path: string): string {
  return `${path}.part-${process.pid}`;
}

/** A recording that perf has ended: its bytes. */
interface Kept {
  readonly size: number;
  /** Why it does not name the kernel's functions. */
  readonly unnamed?: string;
  /** Why it cannot be read. */
  readonly broken?: string;
}

/** A running perf, and the file that it writes. */
class Recording implements Disposable {
  readonly #path: string;
  readonly #part: string;
  readonly #perf: ChildProcess;
  /** The exit code: the command's, or 128 and the number of the signal that ended it. */
  readonly ended: Promise<number>;
  #kept: Promise<Kept> | undefined;

  constructor(path: string, words: readonly string[]) {
    this.#path = path;
    this.#part = partOf(path);
    this.#perf = spawn("perf", words, { stdio: "inherit" });
    this.ended = new Promise((resolve, reject) => {
      this.#perf.on("error", reject);
      this.#perf.on("exit", (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + system.signals[signal]),
      );
    });
  }

  /**
   * perf has ended: gives the recording its name. Throws when perf wrote none. An interrupted command asks for it twice.
   */
  keep(): Promise<Kept> {
    this.#kept ??= this.#keep();
    return this.#kept;
  }

  async #keep(): Promise<Kept> {
    const found = await stat(this.#part).catch(() => undefined);
    if (found === undefined || found.size === 0)
      throw new EnvironmentError("perf wrote no recording", "see what it says above");
    let unnamed: string | undefined;
    let broken: string | undefined;
    try {
      unnamed = await appendSymbols(this.#part);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { file, line, column } = error.position;
      broken = error.message.slice(`${file}:${line}:${column}: `.length);
    }
    // A recording that cannot be read keeps its name too: it may have taken hours, and perf may still read it.
    try {
      await rename(this.#part, this.#path);
    } catch (error) {
      throw new OutputError(this.#path, systemReason(error));
    }
    const { size } = await stat(this.#path);
    return { size, ...(unnamed !== undefined && { unnamed }), ...(broken !== undefined && { broken }) };
  }

  /** Ends perf as Ctrl-C does, so that it ends its file too. */
  async dispose(): Promise<void> {
    if (this.#perf.exitCode === null && this.#perf.signalCode === null) {
      this.#perf.kill("SIGINT");
      await this.ended.catch(() => 0);
      await this.keep().catch(() => undefined);
    }
    await this.#kept?.catch(() => undefined);
    // What `keep` has not renamed is of no use.
    await rm(this.#part, { force: true });
  }
}
