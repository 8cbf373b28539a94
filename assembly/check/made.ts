/** What a check is: a condition that must hold, counted. */

import { thisCpu } from "../arch/cpu";
import { panic } from "../arch/panic";

/** `ok` must hold, or the engine stops with PANIC_* `code`; the arguments say where. */
@inline
export function check(ok: bool, code: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  thisCpu().statChecks++;
  if (!ok) panic(code, a, b, c, d);
}
