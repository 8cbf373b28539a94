/**
 * A thread that compiles. The compiler takes seconds of processor time, keeps its settings in process-wide state, and ends the
 * process when it crashes. The thread has limits of memory and time. When the sources exceed them, the error names the sources.
 */

import { Worker } from "node:worker_threads";
import { EnvironmentError, type RmapError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { BuildError, type Diagnostic } from "./diagnostic.js";
import type { CompiledEngine, EngineInput } from "./engine-input.js";
import { suspect } from "./suspect.js";
import { ThreadTime } from "./thread-time.js";

/** The thread's first message: its number in the system, where it is known. */
export interface ThreadStart {
  readonly number: string | undefined;
}

/** A message during the work: code of the sources begins to run, or has ended. */
export interface ThreadProgress {
  readonly runs: boolean;
}

/** The thread's answer: the engine, or the parts of an error, from which this side makes it again. */
export type ThreadAnswer =
  | { readonly engine: CompiledEngine }
  | {
      readonly error: { code: string; message: string; hint: string; diagnostics?: readonly Diagnostic[] };
    };

/** What the thread compiles: a message to it. */
export interface ThreadTask {
  readonly input: EngineInput;
  readonly text: boolean;
}

/** Limit of the compiler's objects in mebibytes: an engine takes about 300. */
const HEAP = 1536;
/** Limit of the compiling thread's processor time in seconds: an engine takes about 10, on a slow machine 30. */
const PROCESSOR = 120;
/** Limit for code at the top level of the sources, in milliseconds. */
const TOP_LEVEL = 4000;
/** Milliseconds between two looks. */
const SLICE = 100;

/**
 * A thread that compiles one engine after another. The second takes less than half of the processor time of the first:
 * the compiler is loaded, and its code is optimised. A thread whose compilation failed compiles nothing more, because
 * nobody knows what the failure left behind.
 */
export class CompilerThread {
  readonly #worker: Worker;
  readonly #time: ThreadTime;
  #ended = false;
  /** What the thread does now: where its messages and its end go. */
  #job: Job | undefined;

  constructor() {
    const worker = new Worker(new URL("./thread-entry.js", import.meta.url), {
      execArgv: [],
      // A compiler that crashes prints its stack. The answer contains all that a user needs. Nobody reads these streams: a
      // stream that is read keeps the process alive.
      ...{ stdout: true, stderr: true },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    // Only work keeps a process alive.
    worker.unref();
    this.#worker = worker;
    this.#time = new ThreadTime(worker);
    worker.on("message", (message: ThreadAnswer | ThreadProgress | ThreadStart) => {
      // There is no limit for the package's own sources: on a busy machine they may take long.
      if ("number" in message) this.#time.is(message.number);
      else if ("runs" in message) this.#job?.topLevel(message.runs);
      else if ("engine" in message) this.#job?.resolve(message.engine);
      else this.#job?.reject(revive(message.error));
    });
    worker.once("error", (error: NodeJS.ErrnoException) => {
      const full = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      this.#ended = true;
      this.#job?.reject(full ? this.#job.crash(`the compiler used more than ${HEAP} MiB of memory`) : error);
    });
    // A promise settles once, so after an answer this changes nothing.
    worker.once("exit", (code) => {
      this.#ended = true;
      this.#job?.reject(this.#job.crash(`the compiler ended without a result (exit code ${code})`));
    });
  }

  /** False after a failure, and after {@link end}. */
  get isUsable(): boolean {
    return !this.#ended;
  }

  /** Compiles. One call at a time, and only while the thread is usable. Throws as `compileInThread`. */
  async compile(task: ThreadTask): Promise<CompiledEngine> {
    let timer: NodeJS.Timeout | undefined;
    this.#worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        const job = new Job(task.input, this.#time, resolve, reject);
        this.#job = job;
        timer = setInterval(() => {
          const error = job.look();
          if (error !== undefined) reject(error);
        }, SLICE);
        this.#worker.postMessage(task);
      });
    } catch (error) {
      this.end();
      throw error;
    } finally {
      clearInterval(timer);
      this.#worker.unref();
      this.#job = undefined;
    }
  }

  /** Ends the thread. Call it once it has compiled all that you want. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Only once: each call adds a listener that waits for the end, and a busy thread ends slowly.
    void this.#worker.terminate();
  }
}

/** One compilation of a thread: where its result goes, and whether it takes too long. */
class Job {
  readonly resolve: (engine: CompiledEngine) => void;
  readonly reject: (error: Error) => void;
  readonly #input: EngineInput;
  readonly #time: ThreadTime;
  /** The thread's processor time when the compilation began, in milliseconds. */
  readonly #begun: number;
  #patience: Patience | undefined;

  constructor(
    input: EngineInput,
    time: ThreadTime,
    resolve: (engine: CompiledEngine) => void,
    reject: (error: Error) => void,
  ) {
    this.resolve = resolve;
    this.reject = reject;
    this.#input = input;
    this.#time = time;
    this.#begun = time.milliseconds();
  }

  /** Code at the top level of the sources begins to run, or has ended. Only code that somebody changed has a limit. */
  topLevel(runs: boolean): void {
    this.#patience = runs && this.#input.changed.length > 0 ? new Patience(TOP_LEVEL) : undefined;
  }

  /** The error for a compiler that did not name a place. */
  crash(message: string): BuildError {
    const { sources, changed } = this.#input;
    return new BuildError([suspect(sources, changed, message)]);
  }

  /** The error that ends the compilation, or undefined. */
  look(): RmapError | undefined {
    const input = this.#input;
    if (this.#patience?.isOver()) {
      const files = input.changed.map((path) => input.sources.get(path)?.file ?? path);
      const among = files.length > 0 ? ` (changed: ${files.join(", ")})` : "";
      return new WatchdogError(
        `the top level of layout.ts, or of a file of obj/, does not end within ${TOP_LEVEL / 1000} s${among}`,
        "look for a loop outside of all functions",
      );
    }
    if (this.#time.milliseconds() - this.#begun < PROCESSOR * 1000) return undefined;
    return this.crash(`the compiler did not finish within ${PROCESSOR} s of processor time`);
  }
}

function revive(error: Extract<ThreadAnswer, { error: unknown }>["error"]): RmapError | Error {
  if (error.diagnostics !== undefined) return new BuildError(error.diagnostics, error.hint);
  if (error.code === "EENVIRONMENT") return new EnvironmentError(error.message, error.hint);
  return new Error(error.message);
}
