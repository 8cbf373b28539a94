/** Compiles one engine in a thread of its own, or takes it from the cache. */

import { type Abortable, mustGoOn, signalOf } from "../text/abort.js";
import { optionsOf } from "../text/arguments.js";
import { cacheKey, readCached, writeCached } from "./cache.js";
import { type EngineSource, readInput } from "./engine.js";
import { type CompiledEngine, describeEngine } from "./engine-input.js";
import { giveBack, takeThread } from "./kept-thread.js";
import type { CompilerThread, ThreadTask } from "./thread.js";

/** How to compile. */
export interface ThreadOptions {
  /** Folder for compiled engines; created when missing. Default: keeps nothing. */
  readonly cache?: string;
  /** Ends the compiling thread at once: it rejects with the signal's reason. */
  readonly signal?: Abortable;
}

/**
 * Compiles an engine in a worker thread, or takes it from the cache. Throws UsageError, OverlayError, BuildError, an
 * EnvironmentError when the compiler is not installed, or a WatchdogError when code of the sources does not end.
 */
export async function compileInThread(
  source?: EngineSource,
  options?: ThreadOptions,
): Promise<CompiledEngine> {
  const given: ThreadOptions = optionsOf("compileInThread", options, ["cache", "signal"]);
  const signal = signalOf("compileInThread", given.signal);
  mustGoOn(signal);
  return compileCached(source, given, async (task) => {
    mustGoOn(signal);
    const thread = takeThread();
    try {
      return await compileOn(thread, task, signal);
    } finally {
      giveBack(thread);
    }
  });
}

/** Compiles on a thread. A signal ends the thread, and then it throws the signal's reason. */
export async function compileOn(
  thread: CompilerThread,
  task: ThreadTask,
  signal: Abortable | undefined,
): Promise<CompiledEngine> {
  mustGoOn(signal);
  const stop = () => thread.end();
  signal?.addEventListener("abort", stop);
  try {
    return await thread.compile(task);
  } catch (error) {
    mustGoOn(signal);
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** Takes an engine from the cache, or compiles it with `compile` and keeps it. Throws as {@link compileInThread}. */
export async function compileCached(
  source: EngineSource | undefined,
  { cache }: ThreadOptions,
  compile: (task: ThreadTask) => Promise<CompiledEngine>,
): Promise<CompiledEngine> {
  const input = await readInput(source);
  const text = source?.text ?? false;
  if (cache === undefined) return compile({ input, text });
  const key = await cacheKey(input, text);
  const cached = await readCached(cache, key);
  if (cached !== null) {
    const described = describeEngine(cached.wasm);
    return text ? { ...described, text: cached.text } : described;
  }
  const engine = await compile({ input, text });
  const wasm = engine.wasm as Uint8Array<ArrayBuffer>;
  await writeCached(cache, key, { wasm, text: engine.text ?? "" });
  return engine;
}
