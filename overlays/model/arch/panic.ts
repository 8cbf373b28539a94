/**
 * The end of an execution: a broken invariant is written down. Plain stores and no hook: nobody runs between the
 * finding and the end, and the host learns of it by the trap.
 */

import { ctl, thisCpu } from "./cpu";
import { STOP_PANIC } from "../layout";

/** Writes the panic record and ends the execution with a trap. `code` is a PANIC_*; the arguments are what the host prints. */
export function panic(code: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  const c0 = ctl();
  const cpu = thisCpu();
  c0.panicClaim = 1;
  c0.panicCode = code;
  c0.panicCpu = cpu.number;
  c0.panicArg0 = a;
  c0.panicArg1 = b;
  c0.panicArg2 = c;
  c0.panicArg3 = d;
  c0.panicRecord = cpu.current;
  c0.panicIndex = cpu.index;
  c0.panicHeld = cpu.heldLocks;
  c0.stop = STOP_PANIC;
  unreachable();
}
