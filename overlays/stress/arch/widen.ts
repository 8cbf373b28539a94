/**
 * Delays before shared accesses: what delay points do at the places that somebody marked, this does, seldom, everywhere
 * else. It finds windows that nobody has thought of.
 */

import { thisCpu } from "./cpu";
import { OPF_STEADY } from "../layout";
import { OpRecord } from "../obj/record";

/** Longest nap, nanoseconds; the system's shortest is longer. */
const NAP: i64 = 10_000;

/** Before a shared access: dawdles once in a while, if the CPU's seed is set and its mood of the moment is right. */
@inline
export function widen(): void {
  if (thisCpu().delaySeed != 0) dawdle();
}

function dawdle(): void {
  const cpu = thisCpu();
  // One span of 32 records in four, so that most are as quick as they can be.
  if (((cpu.index >> 5) * 0x9e3779b1 + cpu.number * 0x85ebca6b) >> 30 != 0) return;
  if (cpu.current == 0 || (changetype<OpRecord>(cpu.current).flags & OPF_STEADY) != 0) return;
  let x = cpu.delaySeed;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  cpu.delaySeed = x;
  const draw = (x * 0x9e3779b1) >> 16;
  if (draw >= 640) return;
  if (draw < 64) nap(cpu.barrierAt, NAP);
  else for (let i = draw & 255; i > 0; i--) atomic.load<u32>(cpu.epochAt);
}

/** A function of its own, as everything that waits must be: see arch/wait.ts. */
function nap(at: usize, bound: i64): void {
  atomic.wait<u32>(at, atomic.load<u32>(at), bound);
}
