/** Ends a run: writes down which invariant is broken and stops every CPU. */

import { ctl, thisCpu } from "./cpu";
import { cmpxchg32 } from "./rmw";
import { storeRelease32 } from "./access";
import { STOP_PANIC } from "../layout";

/**
 * Writes the panic record (the first CPU wins), stops every CPU and ends this one with a trap. `code` is a PANIC_*. The
 * arguments are addresses or numbers that the host prints.
 */
export function panic(code: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  const c0 = ctl();
  if (cmpxchg32(c0.panicClaimAt, 0, 1) == 0) {
    const cpu = thisCpu();
    c0.panicCpu = cpu.number;
    c0.panicArg0 = a;
    c0.panicArg1 = b;
    c0.panicArg2 = c;
    c0.panicArg3 = d;
    c0.panicRecord = cpu.current;
    c0.panicIndex = cpu.index;
    c0.panicHeld = cpu.heldLocks;
    c0.panicCode = code;
    // Release: who sees the stop word sees the whole record. Pairs with the host's load of Ctl.stop
    // (src/cpu/control.ts).
    storeRelease32(c0.stopAt, STOP_PANIC);
  }
  unreachable();
}
