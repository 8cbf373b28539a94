/** kswapd: a CPU that does nothing but keep frames free. */

import { readOnce32, storeRelease32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { STOP_RUN, SWAP_CLUSTER, ZONE_FRAMES } from "../layout";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { zoneOf } from "../mem/zone";
import { tryToFreePages } from "./vmscan";

/** Longest sleep before the watermarks are looked at again unasked, nanoseconds. */
const NAP: i64 = 5_000_000;

/** Keeps the frames between their watermarks until the host sets Ctl.kswapdStop, or the engine stops. */
export function kswapd(): void {
  const c = ctl();
  const zone = zoneOf(ZONE_FRAMES);
  while (readOnce32(c.stopAt) == STOP_RUN && readOnce32(c.kswapdStopAt) == 0) {
    storeRelease32(c.kswapdWakeAt, 0);
    // RACE: only a measure. Nothing to free: the next who lacks a page asks again.
    while (zone.free < zone.high && readOnce32(c.kswapdStopAt) == 0 && tryToFreePages(SWAP_CLUSTER) != 0) {
      // What it frees is for the others.
      pcpDrainIfShort();
      rcuQuiescent();
    }
    rcuQuiescent();
    // Asleep it holds nothing: page tables that the others gave up must not wait for it.
    rcuLeave();
    if (zone.free >= zone.low) sleepOn(c.kswapdWakeAt, 0, NAP);
    else sleepOn(c.kswapdStopAt, 0, NAP / 16);
    rcuEnter();
  }
}
