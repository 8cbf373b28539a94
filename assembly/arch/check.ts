/** Checks that only the checked build makes: here they are nothing. */

/** True where the checks are compiled in. */
@inline
export const CHECKED: bool = false;

/** Bytes that each slot of a slab has for the checks. */
export const SHADOW_BYTES: u32 = 0;

/** `ok` must hold, or the engine panics with `code`. Where a path is hot and `ok` loads something, ask for CHECKED first: a load stays. */
@inline
export function bugUnless(ok: bool, code: u32, a: u32 = 0, b: u32 = 0): void {}
