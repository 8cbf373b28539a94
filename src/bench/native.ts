/** The C program bench/native. We build it where there is a C compiler, and talk to it over its pipes. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EnvironmentError, systemReason } from "../errors.js";
import type { Subject } from "./subject.js";

const FOLDER = fileURLToPath(new URL("../../bench/native/", import.meta.url));
/** Milliseconds that the running program has to end. */
const PATIENCE = 1000;
const FLAGS = ["-O3", "-march=native", "-pthread"];

/** The built program, or why there is none. */
export type NativeProgram =
  | { readonly file: string; readonly compiler: string }
  | { readonly missing: string };

/** Runs work with a resource. Disposes the resource when the work ends, or when you interrupt the program. */
export type Using = <D extends { dispose(): Promise<void> }, R>(
  disposable: D,
  work: (disposable: D) => Promise<R>,
) => Promise<R>;

/** Builds the program once for each state of its sources, and checks that it runs. */
export async function buildNative(using: Using): Promise<NativeProgram> {
  const names = await readdir(FOLDER).catch(() => []);
  const sources = names.filter((name) => /\.[ch]$/.test(name)).sort();
  if (!sources.includes("main.c")) return { missing: "the C sources are not in this package" };
  const { CC: compiler = "cc" } = process.env;
  const run = promisify(execFile);
  let version: string;
  try {
    version = (await run(compiler, ["--version"])).stdout.split("\n")[0] ?? compiler;
  } catch {
    return { missing: `there is no C compiler (${compiler})` };
  }
  const hash = createHash("sha256").update(version).update(FLAGS.join(" "));
  for (const name of sources) hash.update(await readFile(join(FOLDER, name)));
  // The folder must belong to this user, so that nobody else can put a program there.
  const folder = join(tmpdir(), `rmap-bench-${process.getuid?.() ?? 0}`);
  const file = join(folder, `native-${hash.digest("hex").slice(0, 16)}`);
  try {
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    const { uid } = await stat(folder);
    if (process.getuid && uid !== process.getuid()) return { missing: `${folder} belongs to another user` };
    const built = await stat(file).then(
      () => true,
      () => false,
    );
    if (!built) {
      const compilation = new Compilation(compiler, await mkdtemp(join(folder, "build-")));
      await using(compilation, async () => rename(await compilation.build(), file));
    }
    // Without a question the program ends at once. This shows whether it can run here at all.
    const started = run(file);
    started.child.stdin?.on("error", () => {}).end();
    await started;
  } catch (error) {
    return { missing: `the C program cannot be built or run in ${folder}: ${systemReason(error)}` };
  }
  return { file, compiler: `${version}, ${FLAGS.join(" ")}` };
}

/** A running compiler. All its output is in a folder of its own. */
class Compilation {
  readonly #compiler: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(compiler: string, folder: string) {
    this.#compiler = compiler;
    this.#folder = folder;
  }

  /**
   * Compiles the program; resolves with its path, which `dispose` removes. Throws an Error with the compiler's
   * message.
   */
  async build(): Promise<string> {
    const fresh = join(this.#folder, "native");
    const child = spawn(this.#compiler, [...FLAGS, join(FOLDER, "main.c"), "-o", fresh], {
      // A process group, so that the compiler's own processes end with it.
      detached: process.platform !== "win32",
      env: { ...process.env, TMPDIR: this.#folder },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = once(child, "close") as Promise<[number | null]>;
    this.#ended = ended.catch(() => {});
    const [code] = await ended;
    if (code === 0) return fresh;
    throw new Error(
      said
        .split("\n")
        .find((line) => line.includes("error"))
        ?.trim() ?? "the compiler failed",
    );
  }

  /** Ends the compiler if it still runs, and removes its folder. */
  async dispose(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child ?? {};
    if (pid !== undefined && exitCode === null && signalCode === null) {
      try {
        process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The running program: as the engine in C, or as the program that calls the kernel. */
export class NativePeer {
  readonly #engine: "native-c" | "linux";
  readonly #child: ReturnType<typeof spawn>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #last: Promise<unknown> = Promise.resolve();

  /** Starts the program `file`. */
  constructor(file: string, engine: "native-c" | "linux") {
    this.#engine = engine;
    const child = spawn(file, engine === "linux" ? ["linux"] : [], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#reader = createInterface({ input: child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
    child.stdin.on("error", () => {});
  }

  /** Prepares a row for up to `cpus` CPUs, and drops the row before it. Undefined: the program has no such row. */
  async row(name: string, cpus: number): Promise<((count: number) => Subject) | undefined> {
    if ((await this.#ask(`row ${name} ${cpus}`)) !== "ok") return undefined;
    return (count) => ({
      engine: this.#engine,
      cpus: count,
      measure: async (seconds) => {
        const rate = Number(await this.#ask(`run ${count} ${seconds}`));
        if (!(rate > 0)) throw new Error(`the C program gave no figures for ${name}`);
        return rate;
      },
      dispose: async () => {},
    });
  }

  /** Ends the program, within a second. */
  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    // It ends after the measurement that it is running.
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(timer);
    this.#reader.close();
  }

  /** One question at a time. */
  #ask(line: string): Promise<string> {
    const answer = this.#last.then(async () => {
      this.#child.stdin?.write(`${line}\n`);
      const { value, done } = await this.#lines.next();
      if (done)
        throw new EnvironmentError(`the C program ended at "${line}"`, "leave it out with --no-peers");
      return value as string;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }
}
