/** Points where the checked build may dawdle, to widen the window of a race: here they do nothing. */

/**
 * A delay point. `site` is a DELAY_* of layout.ts, which also says what `site & 7` means. Any other number works too.
 */
@inline
export function delayPoint(site: u32): void {}
