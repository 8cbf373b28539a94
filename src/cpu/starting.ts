/** The wait for worker threads that have just been started. */
import { WatchdogError } from "../errors.js";
import { Patience } from "../platform/patience.js";
import { type Abortable, mustGoOn } from "../text/abort.js";
import type { Workers } from "./workers.js";

/** Milliseconds that a running worker thread has to become a CPU. The engine's own code needs one or two. */
const BECOMING = 4000;

/**
 * Waits until every CPU is ready. `limit`: milliseconds of available processor time without one that gets ready. `hint`:
 * what to do when they do not. Throws the failure of a worker, WatchdogError when one does not get ready in time,
 * and the signal's reason.
 */
export async function untilReady(
  workers: Workers,
  limit: number,
  hint: string,
  signal: Abortable | undefined,
): Promise<void> {
  const patience = new Patience(limit);
  const becoming = new Patience(BECOMING);
  let starting = Number.POSITIVE_INFINITY;
  for (;;) {
    mustGoOn(signal);
    if (workers.failure) throw workers.failure;
    const missing = workers.in("starting", "alive");
    if (missing.length === 0) return;
    // Threads start one by one. Only when all have started do we know that the engine's own code keeps them.
    if (workers.in("starting").length > 0) becoming.renew();
    else if (becoming.isOver()) {
      throw new WatchdogError(
        `the engine's own code blocks CPU ${missing.join(", ")}: its start does not end within ${BECOMING / 1000} s`,
        "look for a loop at the top level of the engine's sources, or in cpuStart",
      );
    }
    if (missing.length < starting) patience.renew();
    starting = missing.length;
    if (patience.isOver()) {
      throw new WatchdogError(`CPU ${missing.join(", ")} did not start within ${limit / 1000} s`, hint);
    }
    await workers.change();
  }
}
