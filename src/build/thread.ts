/**
 * Compiles in a thread of its own, with a cache. The compiler takes seconds of processor time, keeps its settings in
 * process-wide state, and ends the process when it crashes. The thread has limits of memory and time. When the
 * sources exceed them, the error names the sources.
 */

import { Worker } from "node:worker_threads";
import { EnvironmentError, type RmapError, WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { cacheKey, readCached, writeCached } from "./cache.js";
import { BuildError, type Diagnostic } from "./diagnostic.js";
import {
  type CompiledEngine,
  describeEngine,
  type EngineInput,
  type EngineSource,
  readInput,
} from "./engine.js";
import { suspect } from "./suspect.js";
import { ThreadTime } from "./thread-time.js";

/** How to compile. */
export interface ThreadOptions {
  /** Folder for compiled engines; created when missing. Default: keeps nothing. */
  readonly cache?: string;
}

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

/** The thread's input. */
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
 * Compiles an engine in a worker thread, or takes it from the cache. Throws an OverlayError, a BuildError, an
 * EnvironmentError when the compiler is not installed, or a WatchdogError when code of the sources does not end.
 */
export async function compileInThread(
  source: EngineSource,
  { cache }: ThreadOptions = {},
): Promise<CompiledEngine> {
  const input = await readInput(source);
  const text = source.text ?? false;
  if (cache === undefined) return runThread({ input, text });
  const key = await cacheKey(input, text);
  const cached = await readCached(cache, key);
  if (cached !== null) {
    const described = describeEngine(cached.wasm);
    return text ? { ...described, text: cached.text } : described;
  }
  const engine = await runThread({ input, text });
  const wasm = engine.wasm as Uint8Array<ArrayBuffer>;
  await writeCached(cache, key, { wasm, text: engine.text ?? "" });
  return engine;
}

function runThread(task: ThreadTask): Promise<CompiledEngine> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./thread-entry.js", import.meta.url), {
      ...{ workerData: task, execArgv: [] },
      // A compiler that crashes prints its stack. The answer contains all that a user needs.
      ...{ stdout: true, stderr: true },
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    const watch = new Watch(worker);
    const timer = setInterval(() => {
      const error = watch.look(task.input);
      if (error === undefined) return;
      // Only once: each call adds a listener that waits for the end, and a busy thread ends slowly.
      clearInterval(timer);
      reject(error);
      void worker.terminate();
    }, SLICE);
    worker.on("message", (message: ThreadAnswer | ThreadProgress | ThreadStart) => {
      // There is no limit for the package's own sources: on a busy machine they may take long.
      if ("number" in message) watch.time.is(message.number);
      else if ("runs" in message) watch.topLevel(message.runs && task.input.changed.length > 0);
      else if ("engine" in message) resolve(message.engine);
      else reject(revive(message.error));
    });
    worker.once("error", (error: NodeJS.ErrnoException) => {
      const full = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      reject(full ? crash(task.input, `the compiler used more than ${HEAP} MiB of memory`) : error);
    });
    // A promise settles once, so after an answer this changes nothing.
    worker.once("exit", (code) => {
      clearInterval(timer);
      reject(crash(task.input, `the compiler ended without a result (exit code ${code})`));
    });
  });
}

/** Checks whether a compilation takes too long. */
class Watch {
  readonly time: ThreadTime;
  #patience: Patience | undefined;

  constructor(worker: Worker) {
    this.time = new ThreadTime(worker);
  }

  /** Code at the top level of the sources begins to run, or has ended. */
  topLevel(runs: boolean): void {
    this.#patience = runs ? new Patience(TOP_LEVEL) : undefined;
  }

  /** The error that ends the compilation, or undefined. */
  look(input: EngineInput): RmapError | undefined {
    if (this.#patience?.isOver()) {
      const files = input.changed.map((path) => input.sources.get(path)?.file ?? path);
      const among = files.length > 0 ? ` (changed: ${files.join(", ")})` : "";
      return new WatchdogError(
        `the top level of layout.ts, or of a file of obj/, does not end within ${TOP_LEVEL / 1000} s${among}`,
        "look for a loop outside of all functions",
      );
    }
    if (this.time.milliseconds() < PROCESSOR * 1000) return undefined;
    return crash(input, `the compiler did not finish within ${PROCESSOR} s of processor time`);
  }
}

/** The error for a compiler that did not name a place. */
function crash({ sources, changed }: EngineInput, message: string): BuildError {
  return new BuildError([suspect(sources, changed, message)]);
}

function revive(error: Extract<ThreadAnswer, { error: unknown }>["error"]): RmapError | Error {
  if (error.diagnostics !== undefined) return new BuildError(error.diagnostics, error.hint);
  if (error.code === "EENVIRONMENT") return new EnvironmentError(error.message, error.hint);
  return new Error(error.message);
}
