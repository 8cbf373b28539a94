/** Memory given back early, as the race asks for it: always, or never. */

import { thisCpu } from "./cpu";

/** The bit of Cpu.delaySeed by which the host asks for it. */
const RETURNED: u32 = 2;

/** Whether what this CPU keeps at hand of a slab cache shall be given back at once. */
export function giveBack(): bool {
  return (thisCpu().delaySeed & RETURNED) != 0;
}
