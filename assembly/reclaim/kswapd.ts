/** kswapd: a CPU that only keeps frames free. */

import { readOnce32, storeRelease32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { STOP_RUN, SWAP_CLUSTER, ZONE_FRAMES } from "../layout";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { zoneOf } from "../mem/zone";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/** The longest sleep before it looks at the watermarks again unasked, nanoseconds. */
const NAP: i64 = 5_000_000;
/** After so many rounds that freed nothing it sleeps long, as Linux's kswapd does. */
const FAILURES: u32 = 16;

/** Keeps the frames between their watermarks until the host sets Ctl.kswapdStop, or the engine stops. */
export function kswapd(): void {
  const c = ctl();
  const zone = zoneOf(ZONE_FRAMES);
  let failures: u32 = 0;
  while (readOnce32(c.stopAt) == STOP_RUN && readOnce32(c.kswapdStopAt) == 0) {
    // Cleared before the zone is looked at: a wake that comes later is not lost. Pairs with wakeKswapd in mem/pcp.ts.
    storeRelease32(c.kswapdWakeAt, 0);
    failures++;
    // RACE: the count only decides whether to go on freeing. If nothing can be freed, the next CPU that lacks a page
    // asks again.
    while (readOnce32(zone.freeAt) < zone.high && readOnce32(c.kswapdStopAt) == 0 && !isHopeless()) {
      if (tryToFreePages(SWAP_CLUSTER) == 0) break;
      failures = 0;
      // The freed pages are for the other CPUs.
      pcpDrainIfShort();
      rcuQuiescent();
    }
    rcuQuiescent();
    // While asleep it holds nothing: page tables that others gave up must not wait for it.
    rcuLeave();
    if (readOnce32(zone.freeAt) >= zone.low) sleepOn(c.kswapdWakeAt, 0, NAP);
    else sleepOn(c.kswapdStopAt, 0, failures < FAILURES ? NAP / 16 : NAP * 4);
    rcuEnter();
  }
}
