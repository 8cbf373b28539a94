/**
 * Memory given back early, so that what is freed does not stay of its type for ever: now and then while the CPU's
 * delaySeed is set.
 */

import { thisCpu } from "./cpu";

/** Whether what this CPU keeps at hand of a slab cache shall be given back at once. */
export function giveBack(): bool {
  const cpu = thisCpu();
  let x = cpu.delaySeed;
  if (x == 0) return false;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  cpu.delaySeed = x;
  return x >> 29 == 0;
}
