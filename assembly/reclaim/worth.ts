/**
 * Whether reclaim is still worth its while, where the host wants a run to end when memory is out. Nearly full, it may
 * free a page now and then and look at all the others each time: no end is in sight then, and yet there is progress.
 */

import { atomicAdd32 } from "../arch/rmw";
import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { ZONE_FRAMES } from "../layout";
import { zoneOf } from "../mem/zone";

/** A stretch of work that is judged: so many looks at every frame, and this many pages at least. */
const LOOKS: u32 = 64;
const STRETCH: u32 = 65536;
/** Pages looked at for each that is freed, from which on it is hopeless. */
const HOPELESS: u32 = 512;

/** Notes how many pages a scan looked at, and how many of them it freed. */
export function noteScan(scanned: u32, freed: u32): void {
  const c = ctl();
  if (c.endsAtRefusal == 0) return;
  if (freed != 0) atomicAdd32(c.freedAt, freed);
  const sum = atomicAdd32(c.scannedAt, scanned) + scanned;
  if (sum < max(STRETCH, LOOKS * zoneOf(ZONE_FRAMES).count)) return;
  // RACE: two that end a stretch at once judge it twice, the second one an empty one.
  if (readOnce32(c.freedAt) * HOPELESS < sum && sum == readOnce32(c.scannedAt)) writeOnce32(c.hopelessAt, 1);
  writeOnce32(c.freedAt, 0);
  writeOnce32(c.scannedAt, 0);
}

/** Whether nobody is to look for memory any more: the run is over, or soon will be. */
@inline
export function isHopeless(): bool {
  return (readOnce32(ctl().refusalAt) | readOnce32(ctl().hopelessAt)) != 0;
}
