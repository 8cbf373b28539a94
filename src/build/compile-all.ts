/** Compiles many engines in a few threads. Each thread compiles one after another, because a warm compiler is twice as fast. */

import { availableParallelism, freemem } from "node:os";
import { compileCached, compileOn, type ThreadOptions } from "./compile.js";
import type { EngineSource } from "./engine.js";
import type { CompiledEngine } from "./engine-input.js";
import { giveBack, takeThread } from "./kept-thread.js";
import type { CompilerThread } from "./thread.js";

/** How to compile many. */
export interface CompileAllOptions extends ThreadOptions {
  /** The most threads. Default: as many as there are cores, and as the free memory holds. */
  readonly workers?: number;
}

/** Bytes that a compiling thread takes at most in practice: its objects, and Binaryen's memory. */
const THREAD_BYTES = 768 * 2 ** 20;

/**
 * Compiles engines, the first ones first. Returns a promise for each, so that you can begin with the first while the
 * others compile. Each rejects as `compileInThread` does. A failure does not stop the others. Those that are in the
 * cache need no thread. One thread stays for a few seconds, for whoever compiles next.
 */
export function compileAll(
  sources: readonly EngineSource[],
  { workers = defaultWorkers(), ...options }: CompileAllOptions = {},
): Promise<CompiledEngine>[] {
  const jobs = sources.map((source) => ({ source, ...settleable<CompiledEngine>() }));
  const waiting = [...jobs];
  const lane = async (): Promise<void> => {
    let thread: CompilerThread | undefined;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      await compileCached(job.source, options, (task) => {
        if (!thread?.isUsable) thread = takeThread();
        return compileOn(thread, task, options.signal);
      }).then(job.resolve, job.reject);
    }
    if (thread) giveBack(thread);
  };
  for (let i = Math.min(Math.max(1, workers), jobs.length); i > 0; i--) void lane();
  return jobs.map(({ promise }) => promise);
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / THREAD_BYTES)));
}

/** A promise with the functions that settle it. Nobody may be waiting yet when it rejects. */
function settleable<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
