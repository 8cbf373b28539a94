/**
 * Compiling in a thread of its own, with a cache: the compiler takes seconds of processor time, keeps its settings in
 * process-wide state, and ends the process when it crashes.
 */

import { Worker } from "node:worker_threads";
import { EnvironmentError, type RmapError } from "../errors.js";
import { cacheKey, readCached, writeCached } from "./cache.js";
import { BuildError, type Diagnostic } from "./diagnostic.js";
import {
  type CompiledEngine,
  describeEngine,
  type EngineInput,
  type EngineSource,
  readInput,
} from "./engine.js";

/** How to compile, besides what. */
export interface ThreadOptions {
  /** Folder of compiled engines, made when missing. Default: nothing is kept. */
  readonly cache?: string;
}

/** What the thread answers: the engine, or what is needed to make its error again on this side. */
export type ThreadAnswer =
  | { readonly engine: CompiledEngine }
  | {
      readonly error: { code: string; message: string; hint: string; diagnostics?: readonly Diagnostic[] };
    };

/** What the thread is given. */
export interface ThreadTask {
  readonly input: EngineInput;
  readonly text: boolean;
}

/**
 * Compiles an engine in a worker thread, or takes it from the cache. Throws an OverlayError, a BuildError, or an
 * EnvironmentError when the compiler is not installed.
 */
export async function compileInThread(
  source: EngineSource,
  { cache }: ThreadOptions = {},
): Promise<CompiledEngine> {
  const input = await readInput(source);
  const text = source.text ?? false;
  if (cache === undefined) return runThread({ input, text });
  const key = await cacheKey(input, text);
  const cached = await readCached(cache, `${key}.wasm`);
  if (cached !== null) {
    const wat = text ? await readCached(cache, `${key}.wat`) : null;
    const described = describeEngine(cached);
    if (!text) return described;
    if (wat !== null) return { ...described, text: new TextDecoder().decode(wat) };
  }
  const engine = await runThread({ input, text });
  const files = new Map<string, Uint8Array | string>([[`${key}.wasm`, engine.wasm]]);
  if (engine.text !== undefined) files.set(`${key}.wat`, engine.text);
  // What cannot be kept is compiled again.
  await writeCached(cache, files).catch(() => {});
  return engine;
}

function runThread(task: ThreadTask): Promise<CompiledEngine> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./thread-entry.js", import.meta.url), { workerData: task });
    worker.once("message", (answer: ThreadAnswer) => {
      if ("engine" in answer) resolve(answer.engine);
      else reject(revive(answer.error));
    });
    worker.once("error", reject);
    // A promise settles once: after an answer this changes nothing.
    worker.once("exit", (code) =>
      reject(crash(task.input, `the compiler ended without a result (exit code ${code})`)),
    );
  });
}

function crash({ sources }: EngineInput, message: string): BuildError {
  const file = sources.get("index.ts")?.file ?? "assembly/index.ts";
  return new BuildError([{ file, line: 0, column: 0, message }]);
}

function revive(error: Extract<ThreadAnswer, { error: unknown }>["error"]): RmapError | Error {
  if (error.diagnostics !== undefined) return new BuildError(error.diagnostics, error.hint);
  if (error.code === "EENVIRONMENT") return new EnvironmentError(error.message, error.hint);
  return new Error(error.message);
}
