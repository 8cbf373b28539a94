/** Runs inputs, in a long-lived process or in one of their own, and attributes what ends a process to its input. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { argumentsIn, writeEntries } from "./folder.js";
import type { Input } from "./input.js";
import { KEPT, type Outcome } from "./outcome.js";
import { HANG, type Limit, watch } from "./watch.js";

/** An outcome, and what the watch had to do. */
export interface Watched extends Outcome {
  readonly limit?: Limit;
}

/** Where the fuzzer works. */
export interface Places {
  /** The checkout, or a copy of what of it runs. */
  readonly root: string;
  /** The built file of child.ts. */
  readonly child: string;
  /** A folder of this runner's own. */
  readonly scratch: string;
}

/** Inputs after which the process is replaced, so that nothing builds up. */
const INPUTS_PER_PROCESS = 3000;
/** Milliseconds of CPU for a variant, which the compiler takes most of. */
const VARIANT_HANG = 40_000;

/** One process at a time, which is replaced when it dies or is ended. */
export class Runner {
  readonly #places: Places;
  readonly #folder: string;
  readonly #cwd: string;
  #process: ChildProcess | undefined;
  #inputs = 0;

  constructor(places: Places) {
    this.#places = places;
    this.#folder = join(places.scratch, "input");
    this.#cwd = join(places.scratch, "cwd");
    this.#emptyCwd();
  }

  /** The folder that inputs stand in while they run. */
  get folder(): string {
    return this.#folder;
  }

  /** Runs one input. What ends the process is looked at once more in a fresh one: only what happens again counts. */
  async run(input: Input): Promise<Watched> {
    const first = await this.#once(input);
    if (first.limit === undefined && first.signal === undefined) return first;
    await this.close();
    const second = await this.#once(input);
    if (second.limit !== undefined || second.signal !== undefined) await this.close();
    return second;
  }

  /** Ends the process. */
  async close(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    this.#inputs = 0;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      process.once("exit", () => resolve());
      process.kill("SIGKILL");
    });
  }

  async #once(input: Input): Promise<Watched> {
    const ended = await (input.way === "process" ? this.#ofItsOwn(input) : this.#sent(input));
    const left = readdirSync(this.#cwd);
    if (left.length === 0) return ended;
    this.#emptyCwd();
    // A relative name that the input gives may be written.
    const odd = left.filter((name) => !input.args.some((arg) => arg.split("=").at(-1) === name));
    return odd.length === 0
      ? ended
      : { ...ended, findings: [...ended.findings, `leaves the file "${odd[0]}" behind`] };
  }

  async #sent(input: Input): Promise<Watched> {
    if (++this.#inputs > INPUTS_PER_PROCESS) await this.close();
    this.#process ??= await this.#start();
    const process = this.#process;
    const began = performance.now();
    return new Promise((resolve) => {
      let limit: Limit | undefined;
      const stop = watch(
        process.pid ?? 0,
        (found) => {
          limit = found;
          process.kill("SIGKILL");
        },
        hangOf(input),
      );
      const done = (outcome: Watched) => {
        stop();
        process.removeAllListeners("message");
        process.removeAllListeners("exit");
        resolve(outcome);
      };
      process.once("message", (outcome) => done(outcome as Outcome));
      process.once("exit", (code, signal) => {
        if (this.#process === process) this.#process = undefined;
        done({ ...nothing(began), code, signal: signal ?? `exit ${code}`, ...(limit && { limit }) });
      });
      process.send(input);
    });
  }

  async #start(): Promise<ChildProcess> {
    const started = fork(this.#places.child, [this.#places.root, this.#folder], {
      execArgv: ["--expose-gc"],
      cwd: this.#cwd,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: this.#environment(),
      serialization: "advanced",
    });
    await new Promise<void>((resolve, reject) => {
      started.once("message", () => resolve());
      started.once("exit", (code) =>
        reject(new Error(`the fuzzer's process does not start: exit code ${code}`)),
      );
    });
    started.removeAllListeners("exit");
    return started;
  }

  /** A command line as a process of its own. */
  async #ofItsOwn(input: Input): Promise<Watched> {
    writeEntries(input, this.#folder);
    const main = join(this.#places.root, "dist/bin/main.js");
    const began = performance.now();
    const full = input.stdout === "full" ? openSync("/dev/full", "w") : undefined;
    const child = spawn(process.execPath, [main, ...argumentsIn(input.args, this.#folder)], {
      cwd: this.#cwd,
      env: this.#environment(),
      stdio: ["pipe", full ?? "pipe", "pipe"],
    });
    const [out, err] = [collect(child.stdout), collect(child.stderr)];
    if (input.stdout === "closed") child.stdout?.destroy();
    child.stdin?.on("error", () => {});
    child.stdin?.end(input.stdin ?? "");
    return new Promise((resolve) => {
      let limit: Limit | undefined;
      const stop = watch(
        child.pid ?? 0,
        (found) => {
          limit = found;
          child.kill("SIGKILL");
        },
        hangOf(input),
      );
      child.once("close", (code, signal) => {
        stop();
        const ran = code === 0 || code === 1 || code === 3;
        const said = { stdout: out.text, stderr: err.text, written: out.bytes + err.bytes };
        resolve({
          ...nothing(began),
          ...said,
          code,
          ...(signal && { signal }),
          ran,
          ...(limit && { limit }),
        });
      });
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { FORCE_COLOR: _colour, ...env } = process.env;
    return { RMAP_CACHE: join(this.#places.scratch, "..", "cache"), ...env, NO_COLOR: "1" };
  }

  #emptyCwd(): void {
    // The folder itself stays: a process is in it.
    mkdirSync(this.#cwd, { recursive: true });
    for (const name of readdirSync(this.#cwd))
      rmSync(join(this.#cwd, name), { recursive: true, force: true });
  }
}

function hangOf({ kind }: Input): number {
  return kind === "variant" ? VARIANT_HANG : HANG;
}

function nothing(began: number): Outcome {
  const milliseconds = performance.now() - began;
  return {
    code: null,
    stdout: "",
    stderr: "",
    written: 0,
    ran: false,
    findings: [],
    milliseconds,
    cpu: milliseconds,
  };
}

function collect(stream: NodeJS.ReadableStream | null): { text: string; bytes: number } {
  const kept = { text: "", bytes: 0 };
  stream?.on("error", () => {});
  stream?.on("data", (chunk: Buffer) => {
    kept.bytes += chunk.length;
    if (kept.text.length < KEPT) kept.text += chunk.toString();
  });
  return kept;
}
