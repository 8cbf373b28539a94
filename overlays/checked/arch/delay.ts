/**
 * Delay points: a CPU whose Cpu.delaySeed is set dawdles there now and then, for a time that its
 * seed decides, so that the others get into the window.
 */

import { thisCpu } from "./cpu";
import { readOnce32 } from "./access";
import { OPF_STEADY } from "../layout";
import { OpRecord } from "../obj/record";
import { sleepOn } from "./wait";

/** A delay point. `site` tells the places apart. */
export function delayPoint(site: u32): void {
  const cpu = thisCpu();
  let x = cpu.delaySeed;
  if (x == 0 || isSteady(cpu.current)) return;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  cpu.delaySeed = x;
  const draw = (x ^ (site * 0x9e3779b9)) >> 24;
  if (draw < 192) return;
  // Mostly a short spin, sometimes a nap that gives the core away.
  if (draw < 250) {
    for (let i = (draw - 192) << 2; i > 0; i--) readOnce32(cpu.epochAt);
  } else {
    sleepOn(cpu.barrierAt, cpu.barrier, <i64>(draw - 249) * 20_000);
  }
}

/** Whether the operation that is executed is to run without delays. */
@inline
function isSteady(record: u32): bool {
  return record != 0 && (changetype<OpRecord>(record).flags & OPF_STEADY) != 0;
}
