/** Watches a process while it runs one input: time and memory have a bound. */
import { usageOf } from "./proc.js";

/** Why a run was ended from outside. */
export type Limit = "hang" | "memory";

/** Milliseconds of CPU, or of doing nothing, after which a run hangs. */
export const HANG = 5000;
/** Milliseconds after which a run hangs, however busy the machine is. */
const LONGEST = 30_000;
/** Bytes of resident memory that a run may not pass. */
export const MOST_MEMORY = 2 ** 30;
const INTERVAL = 50;

/**
 * Watches a process from now on; `onLimit` is called once. A slow machine is no hang: what counts is the process's own CPU
 * time, or that it does next to nothing. Returns a function that ends the watch.
 */
export function watch(pid: number, onLimit: (limit: Limit) => void): () => void {
  const began = performance.now();
  const before = usageOf(pid)?.cpu ?? 0;
  const timer = setInterval(() => {
    const usage = usageOf(pid);
    const wall = performance.now() - began;
    const cpu = usage ? usage.cpu - before : wall;
    const limit =
      usage && usage.resident > MOST_MEMORY
        ? "memory"
        : cpu > HANG || wall > LONGEST || (wall > HANG && cpu < HANG / 10)
          ? "hang"
          : undefined;
    if (!limit) return;
    clearInterval(timer);
    onLimit(limit);
  }, INTERVAL);
  return () => clearInterval(timer);
}
