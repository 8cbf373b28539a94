/** Watches a process while it runs one input: time and memory have a bound. */
import { isIdle, usageOf } from "./proc.js";

/** Why a run was ended from outside. */
export type Limit = "hang" | "memory";

/** Milliseconds of CPU, or of doing nothing, after which a run hangs. */
export const HANG = 5000;
/** Milliseconds after which a run hangs, however busy the machine is. */
const LONGEST = 600_000;
/** Bytes of resident memory that a run may not pass. */
const MOST_MEMORY = 2 ** 30;
const INTERVAL = 50;
/** Milliseconds after which a run is looked at more closely. */
const LONG = 1000;

/**
 * Watches a process from now on; `onLimit` is called once. A slow machine is no hang: what counts is the process's own CPU
 * time, or that none of its threads wants any. `hang`: milliseconds of CPU. Returns a function that ends the watch.
 */
export function watch(pid: number, onLimit: (limit: Limit) => void, hang = HANG): () => void {
  const began = performance.now();
  const before = usageOf(pid)?.cpu ?? 0;
  // A look a fiftieth of a second is a cost: idleness is only looked at when a run is long.
  let idleLooks = 0;
  const timer = setInterval(() => {
    const usage = usageOf(pid);
    const wall = performance.now() - began;
    const cpu = usage ? usage.cpu - before : wall;
    if (wall > LONG) idleLooks = isIdle(pid) ? idleLooks + 1 : 0;
    const idle = idleLooks * INTERVAL > HANG - LONG;
    const limit =
      usage && usage.resident > MOST_MEMORY
        ? "memory"
        : cpu > hang || wall > LONGEST || idle
          ? "hang"
          : undefined;
    if (!limit) return;
    clearInterval(timer);
    onLimit(limit);
  }, INTERVAL);
  return () => clearInterval(timer);
}
