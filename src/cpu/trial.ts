/** Trying a module that comes from elsewhere in a thread that can be ended, before the calling thread runs it. */

import { EnvironmentError, WatchdogError } from "../errors.js";
import { sleep } from "../platform/host.js";
import { Patience } from "../platform/patience.js";
import type { MachineSize } from "./boot.js";
import type { PoolOptions } from "./pool.js";
import { spawnThread, type Thread } from "./thread.js";

/** Milliseconds that a machine may take to boot. Most is zeroed memory, of which nothing is touched. */
const BOOTING = 4000;
/** Milliseconds that the thread may take to come up. */
const STARTING = 30_000;
/** Milliseconds between two looks. */
const SLICE = 5;

/**
 * Boots a machine of a module in a worker thread. Returns when that comes to an end, be it by an error, which the caller
 * will meet as well: a module does the same again on a new memory. Returns at once where no worker threads are to be
 * had. Throws WatchdogError, which calls the module `name`, when it does not come to an end.
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
  try {
    thread.post({ kind: "trial", module, size: sizeOf(options) });
    let patience = new Patience(STARTING);
    for (let seen = trial.state; trial.state !== "over"; await sleep(SLICE)) {
      if (trial.state !== seen) patience = new Patience(BOOTING);
      seen = trial.state;
      if (!patience.isOver()) continue;
      if (seen === "starting")
        throw new EnvironmentError(`a worker thread did not start within ${STARTING / 1000} s`);
      throw new WatchdogError(
        `${name} does not come to the end of its start, or of boot, within ${BOOTING / 1000} s`,
        "it has a loop there, or waits; pass the package's own engine.wasm",
      );
    }
  } finally {
    await thread.terminate();
  }
}

/** What says how large the machine is, without what cannot be sent to a thread. */
function sizeOf(options: MachineSize): MachineSize {
  const { cpus, kswapd, memory, swap, store, content, metadata, spaces, files, queueRecords } = options;
  const size = { cpus, kswapd, memory, swap, store, content, metadata, spaces, files, queueRecords };
  return Object.fromEntries(Object.entries(size).filter(([, value]) => value !== undefined));
}
