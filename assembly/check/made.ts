/** A check is a condition that must hold. This file makes one and counts it. */

import { thisCpu } from "../arch/cpu";
import { panic } from "../arch/panic";

/** Stops the engine with PANIC_* `code` unless `ok` holds. The arguments say where. */
@inline
export function check(ok: bool, code: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  thisCpu().statChecks++;
  if (!ok) panic(code, a, b, c, d);
}
