/** kswapd: a CPU that does nothing but keep frames free. */

import { readOnce32, storeRelease32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { STOP_RUN, SWAP_CLUSTER, ZONE_FRAMES } from "../layout";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { zoneOf } from "../mem/zone";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/** Longest sleep before the watermarks are looked at again unasked, nanoseconds. */
const NAP: i64 = 5_000_000;
/** Rounds without a page freed after which it rests until its next long sleep is over, as Linux's does. */
const FAILURES: u32 = 16;

/** Keeps the frames between their watermarks until the host sets Ctl.kswapdStop, or the engine stops. */
export function kswapd(): void {
  const c = ctl();
  const zone = zoneOf(ZONE_FRAMES);
  let failures: u32 = 0;
  while (readOnce32(c.stopAt) == STOP_RUN && readOnce32(c.kswapdStopAt) == 0) {
    storeRelease32(c.kswapdWakeAt, 0);
    failures++;
    // RACE: only a measure. Nothing to free: the next who lacks a page asks again.
    while (zone.free < zone.high && readOnce32(c.kswapdStopAt) == 0 && !isHopeless() && tryToFreePages(SWAP_CLUSTER) != 0) {
      failures = 0;
      // What it frees is for the others.
      pcpDrainIfShort();
      rcuQuiescent();
    }
    rcuQuiescent();
    // Asleep it holds nothing: page tables that the others gave up must not wait for it.
    rcuLeave();
    if (zone.free >= zone.low) sleepOn(c.kswapdWakeAt, 0, NAP);
    else sleepOn(c.kswapdStopAt, 0, failures < FAILURES ? NAP / 16 : NAP * 4);
    rcuEnter();
  }
}
