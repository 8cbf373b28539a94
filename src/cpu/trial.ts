/** Tries a foreign module in a thread that we can end, before the calling thread runs it. */

import { EnvironmentError, WatchdogError } from "../errors.js";
import { sleep } from "../platform/host.js";
import { Patience } from "../platform/patience.js";
import { mustGoOn } from "../text/abort.js";
import { ended, mustBeThread } from "./cpu-thread.js";
import type { MachineSize } from "./machine-size.js";
import type { PoolOptions } from "./pool-options.js";
import { spawnThread, type Thread } from "./thread.js";

/** Milliseconds that a machine has to boot. Most of its memory is zero, and booting does not touch it. */
const BOOTING = 4000;
/** Milliseconds that the thread has to start. */
const STARTING = 30_000;
/** Milliseconds between two checks. */
const SLICE = 5;

/**
 * Boots a machine of a module in a worker thread. Returns when booting ends, even by an error: the caller will get
 * the same error, because a module does the same on a new memory. Returns at once where there are no worker threads.
 * Throws WatchdogError when booting does not end, UsageError when a factory's thread is none, and the reason of the options'
 * signal. The sizes must be numbers: `machineCounts`. The message calls the module `name`.
 */
export async function tryBoot(
  module: WebAssembly.Module,
  options: MachineSize & PoolOptions,
  name: string,
): Promise<void> {
  const trial: { state: "starting" | "alive" | "over" } = { state: "starting" };
  let thread: Thread;
  try {
    thread = (options.threads ?? spawnThread)("rmap-trial", {
      onMessage: ({ kind }) => {
        trial.state = kind === "alive" ? "alive" : "over";
      },
      onEnd: () => {
        trial.state = "over";
      },
    });
  } catch {
    return;
  }
  mustBeThread(thread);
  try {
    thread.post({ kind: "trial", module, size: sizeOf(options) });
    let patience = new Patience(STARTING);
    for (let seen = trial.state; trial.state !== "over"; await sleep(SLICE)) {
      mustGoOn(options.signal);
      if (trial.state !== seen) patience = new Patience(BOOTING);
      seen = trial.state;
      if (!patience.isOver()) continue;
      if (seen === "starting")
        throw new EnvironmentError(`a worker thread did not start within ${STARTING / 1000} s`);
      throw new WatchdogError(
        `${name} does not finish its start, or boot, within ${BOOTING / 1000} s`,
        "it loops or waits there; pass the package's own engine.wasm",
      );
    }
  } finally {
    await (options.threads === undefined ? thread.terminate() : ended([thread]));
  }
}

/** The options for the size of the machine, without those that cannot go to a thread. */
function sizeOf(options: MachineSize): MachineSize {
  const { cpus, kswapd, memory, swap, store, content, metadata, spaces, files, queueRecords } = options;
  const size = { cpus, kswapd, memory, swap, store, content, metadata, spaces, files, queueRecords };
  return Object.fromEntries(Object.entries(size).filter(([, value]) => value !== undefined));
}
