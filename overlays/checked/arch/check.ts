/** The checked build: every check is made. */

import { panic } from "./panic";

/** True where the checks are compiled in. */
@inline
export const CHECKED: bool = true;

/** Bytes that each slot of a slab has for the checks: see mem/shadow.ts. */
export const SHADOW_BYTES: u32 = 8;

/** `ok` must hold, or the engine panics with `code`. */
@inline
export function bugUnless(ok: bool, code: u32, a: u32 = 0, b: u32 = 0): void {
  if (!ok) panic(code, a, b);
}
