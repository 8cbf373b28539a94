/**
 * Whether reclaim is still worth it, where the host wants a run to end when memory is out. When memory is nearly full,
 * reclaim may free a page now and then and look at all the others each time. It makes progress then, but the end is not
 * in sight.
 */

import { atomicAdd32 } from "../arch/rmw";
import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { ZONE_FRAMES } from "../layout";
import { zoneOf } from "../mem/zone";

/** Reclaim is judged after a stretch of work: so many looks at every frame, and at least this many pages. */
const LOOKS: u32 = 64;
const STRETCH: u32 = 65536;
/** Reclaim is hopeless from this number of looked-at pages for each freed page on. */
const HOPELESS: u32 = 512;

/** Notes how many pages a scan looked at and how many of them it freed. */
export function noteScan(scanned: u32, freed: u32): void {
  const c = ctl();
  if (c.endsAtRefusal == 0) return;
  if (freed != 0) atomicAdd32(c.freedAt, freed);
  const sum = atomicAdd32(c.scannedAt, scanned) + scanned;
  if (sum < max(STRETCH, LOOKS * zoneOf(ZONE_FRAMES).count)) return;
  // RACE: two CPUs that end a stretch at once may both judge it. The second finds an empty stretch, which it leaves
  // alone.
  if (readOnce32(c.freedAt) * HOPELESS < sum && sum == readOnce32(c.scannedAt)) writeOnce32(c.hopelessAt, 1);
  writeOnce32(c.freedAt, 0);
  writeOnce32(c.scannedAt, 0);
}

/** Whether no CPU should look for memory any more: the run is over, or soon will be. */
@inline
export function isHopeless(): bool {
  return (readOnce32(ctl().refusalAt) | readOnce32(ctl().hopelessAt)) != 0;
}
