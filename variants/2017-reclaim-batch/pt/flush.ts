/**
 * The flush of a batch, with a window before it.
 *
 * The engine's file lacks the delay point. There entries are gone, their flush is noted for the batch, and the tables'
 * locks are released, so that mprotect can look. Reclaim has put its flushes off like this since Linux 72b252aed506
 * (2015); the race is in Linux 3ea277194daa, “mm, mprotect: flush TLB if potentially racing with a parallel reclaim
 * leaving stale TLB entries” (Mel Gorman, July 2017, after Nadav Amit's report).
 */

import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_FLUSH_DEFERRED } from "../layout";

/** Flushes what deferTlbFlush noted. Called before an unmapped page is written, unlocked or freed. */
export function tryToUnmapFlush(): void {
  const cpu = thisCpu();
  const low = cpu.unmapped0;
  const high = cpu.unmapped1;
  if ((low | high) == 0) return;
  delayPoint(DELAY_FLUSH_DEFERRED);
  cpu.unmapped0 = 0;
  cpu.unmapped1 = 0;
  flushCpus(low, high);
}
