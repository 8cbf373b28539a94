/**
 * Refused allocations: the host, or OP_FAIL, sets Cpu.failAfter to n, and the CPU's n-th allocation from then on is
 * refused, once.
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
