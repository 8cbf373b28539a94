/** Checks of the checked build: here they do nothing. */

/** True where the checks are compiled in. */
@inline
export const CHECKED: bool = false;

/** Bytes that each slot of a slab has for the checks. */
export const SHADOW_BYTES: u32 = 0;

/**
 * Stops the engine with `code` unless `ok` holds. If a path is hot and `ok` loads something, ask for CHECKED first: the
 * compiler keeps the load.
 */
@inline
export function bugUnless(ok: bool, code: u32, a: u32 = 0, b: u32 = 0): void {}
