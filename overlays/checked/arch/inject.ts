/**
 * Refused allocations: the host, or OP_FAIL, sets Cpu.failAfter to n, and the CPU's n-th allocation from then on is
 * refused, once. And memory given back early, so that what is freed does not stay of its type for ever: now and then while the
 * CPU's delaySeed is set.
 */

import { thisCpu } from "./cpu";

/** Whether the allocation that is about to be made shall be refused. */
export function failAllocation(): bool {
  const cpu = thisCpu();
  if (cpu.failAfter == 0) return false;
  cpu.failAfter--;
  if (cpu.failAfter != 0) return false;
  cpu.failed++;
  return true;
}

/** Refuses this CPU's n-th allocation from here on; with 0, none. True: this build can. */
export function failAfter(n: u32): bool {
  thisCpu().failAfter = n;
  return true;
}

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
