/** The C program bench/native: built where a compiler is, and asked over its pipe. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Subject } from "./subject.js";

const FOLDER = fileURLToPath(new URL("../../bench/native/", import.meta.url));
const FLAGS = ["-O3", "-march=native", "-pthread"];

/** The built program, or why there is none. */
export type NativeProgram =
  | { readonly file: string; readonly compiler: string }
  | { readonly missing: string };

/** Builds the program, once for each state of its sources. */
export async function buildNative(): Promise<NativeProgram> {
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
  // A folder of this user's own: nobody else can put a program there.
  const folder = join(tmpdir(), `rmap-bench-${process.getuid?.() ?? 0}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid } = await stat(folder);
  if (process.getuid && uid !== process.getuid()) return { missing: `${folder} belongs to somebody else` };
  const file = join(folder, `native-${hash.digest("hex").slice(0, 16)}`);
  try {
    await stat(file);
  } catch {
    const fresh = `${file}.${process.pid}`;
    try {
      await run(compiler, [...FLAGS, join(FOLDER, "main.c"), "-o", fresh]);
    } catch (error) {
      const [line = ""] = (error as Error).message.split("\n").filter((text) => text.includes("error"));
      return { missing: `the C program does not build here: ${line.trim()}` };
    }
    await rename(fresh, file);
  }
  return { file, compiler: `${version}, ${FLAGS.join(" ")}` };
}

/** The running program, as the engine in C or as the kernel's caller. */
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

  /** Prepares a row for up to `cpus` CPUs; the row before it is given up. Undefined: the program has no such row. */
  async row(name: string, cpus: number): Promise<((count: number) => Subject) | undefined> {
    if ((await this.#ask(`row ${name} ${cpus}`)) !== "ok") return undefined;
    return (count) => ({
      engine: this.#engine,
      cpus: count,
      measure: async (seconds) => {
        const rate = Number(await this.#ask(`run ${count} ${seconds}`));
        if (!(rate > 0)) throw new Error(`the C program says nothing of ${name}`);
        return rate;
      },
      dispose: async () => {},
    });
  }

  /** Ends the program. */
  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
    this.#reader.close();
  }

  /** One question at a time. */
  #ask(line: string): Promise<string> {
    const answer = this.#last.then(async () => {
      this.#child.stdin?.write(`${line}\n`);
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`the C program ended at "${line}"`);
      return value as string;
    });
    this.#last = answer.catch(() => {});
    return answer;
  }
}
